"""Wuxiao 五小: open software to look after people's small matters well."""

__version__ = "0.1.0"
