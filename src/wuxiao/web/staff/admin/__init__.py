"""Pages of those who look after the house: accounts, books, keys, platforms, the clock, files that come in."""
