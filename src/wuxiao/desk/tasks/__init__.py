"""Tasks: somebody does something by a date for a case; what any subject may give and anybody's unit may have."""
