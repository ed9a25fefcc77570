"""What the tests stand on: real databases, a real town of processes, a real browser, real far ends for mail and SMS."""
