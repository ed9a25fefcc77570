"""What tells an operator how the house is: its doctor, its health, its metrics."""
