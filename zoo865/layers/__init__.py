"""Keras layers and tensor functions that Keras lacks; each usable alone."""
