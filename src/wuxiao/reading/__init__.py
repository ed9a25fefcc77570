"""What a message says: tokens, danger, guesses, redaction, places and times, similar matters, hot issues, reply checks.

A pure library: no Django, no clock, no network, nothing of `wuxiao.rules` or `wuxiao.plan`. Every reader suggests
with reasons in both
languages and a named person decides (PIPL art. 24); nothing about a person is inferred or scored.
"""
