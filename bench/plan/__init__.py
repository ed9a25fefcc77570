"""Figures of the engines, each case in a process of its own: `python -m bench.plan [ENGINE …] [--json FILE]`."""
