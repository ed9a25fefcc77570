"""Figures: counts what is declared (`rules.counted`), keeps what the public reads of subjects; knows none by name."""
