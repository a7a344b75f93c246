"""A run in, one self-contained page out."""
