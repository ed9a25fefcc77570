"""What the verbs of the table of a matter do, a file for each stretch of its way."""
