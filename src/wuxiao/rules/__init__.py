"""What ought to be: pure rules, no Django, no clock of their own, no I/O but reading the rule book."""
