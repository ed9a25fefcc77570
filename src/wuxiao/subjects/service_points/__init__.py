"""Service points: police rooms, offices in enterprises, counters, machines; where people go, when, and for what."""
