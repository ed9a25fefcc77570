"""The ground plans stand on: streets, travel times, blocks, buildings, and believable towns made from a seed number."""
