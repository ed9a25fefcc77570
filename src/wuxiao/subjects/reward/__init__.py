"""Rewards for reported hazards: decided by two, fetched with a code, paid to whoever brings it."""
