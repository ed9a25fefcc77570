"""The version of what a measured town holds: another number, and towns are filled anew."""

SHAPE = 4
