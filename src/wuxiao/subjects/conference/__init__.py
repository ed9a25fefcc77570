"""Inspections of premises: what is looked at, by whom, and what becomes of what was found."""
