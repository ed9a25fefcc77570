"""What the worker does now and then."""
