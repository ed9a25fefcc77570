"""What every desk stands on: errors, actors, statements built once, drawn words, caps, keys that were used."""
