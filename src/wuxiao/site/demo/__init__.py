"""The demo county: 望川县 Wangchuan, built from a seed number. Everything and everybody in it is invented."""

from wuxiao.site.demo.county import BANNER, Account, DemoAccounts, build

__all__ = ["BANNER", "Account", "DemoAccounts", "build"]
