"""From raw examples to what a model sees: one TensorFlow graph for training, measuring and serving."""

from zoo865.preprocessing.prepare import prepare, prepared

__all__ = ["prepare", "prepared"]
