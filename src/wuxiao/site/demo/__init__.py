"""The demo county: 望川县 Wangchuan, built from a seed number. Everything and everybody in it is invented."""

from wuxiao.site.demo.county import BANNER, BATCH, CODES, Account, DemoAccounts, begin, build, codes, go_on

__all__ = ["BANNER", "BATCH", "CODES", "Account", "DemoAccounts", "begin", "build", "codes", "go_on"]
