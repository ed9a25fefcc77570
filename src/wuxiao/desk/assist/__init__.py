"""Suggestions with reasons: a named person takes or leaves them."""
