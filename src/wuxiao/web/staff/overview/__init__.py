"""Pages over many matters: the dashboard, hot issues, search."""
