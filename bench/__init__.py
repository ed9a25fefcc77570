"""Measuring: a town of many matters, the pages against the bare statements, a peer in the same run, and long use."""
