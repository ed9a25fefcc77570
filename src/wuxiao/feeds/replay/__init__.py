"""Real requests of other towns, replayed through our promises, figures and doors."""
