"""Figures: counts what is declared as measures, keeps what the public reads of subjects; knows none by name."""
