"""Question sets: versioned questions, answers read against the version they were given to, tallies with a floor."""
