"""Pictures: arrays in, matplotlib figures out. Knows no recipe."""
