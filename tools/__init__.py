"""What keeps the house in order; `make` calls it."""
