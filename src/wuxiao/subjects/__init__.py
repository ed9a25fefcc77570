"""What the town does, a folder a subject: `rules` says what it is (pure), `face` what the house must know of it."""
