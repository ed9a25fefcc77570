"""Small faults put into the town's code one at a time, and whether its tests notice: `make mutate`."""
