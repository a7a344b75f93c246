"""Keras losses that Keras lacks; each usable alone."""
