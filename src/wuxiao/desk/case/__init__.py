"""A case on its way: what a step needs, where it stands, who sees it, its clocks, its lists, what it tells."""
