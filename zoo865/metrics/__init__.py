"""Measures of things made: how near they come to real ones. Ordinary functions of arrays, and who looks for them."""
