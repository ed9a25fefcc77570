"""Hand-overs from the other platform: signed notices, read and given to the desk."""
