"""Registers: rows with an owner, a validity, a date of freshness and a sealed history."""
