"""Keras callbacks that the loop uses; each usable with any `fit`."""
