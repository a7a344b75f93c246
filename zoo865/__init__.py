"""zoo865: deep learning systems to read, train, look at and serve.

Importing this package imports neither TensorFlow nor Keras: the public names below load on first use.
"""

import importlib

from zoo865 import old_names

__version__ = "0.1.0"

_PUBLIC = {
    "Optimizer": "zoo865.recipe",
    "Phase": "zoo865.recipe",
    "Predictor": "zoo865.exporting.predictor",
    "Recipe": "zoo865.recipe",
    "Run": "zoo865.training.run",
    "ZooError": "zoo865.errors",
    "export": "zoo865.exporting.export",
    "get_recipe": "zoo865.registry",
    "list_systems": "zoo865.registry",
    "load_data": "zoo865.data.load",
    "look": "zoo865.reporting.look",
    "make": "zoo865.workflow",
    "make_folds": "zoo865.workflow",
    "make_seeds": "zoo865.workflow",
    "measure_augmentation_tolerance": "zoo865.reporting.augment",
    "publish": "zoo865.hub.publish",
    "report": "zoo865.reporting.report",
    "resume": "zoo865.training.loop",
    "train": "zoo865.training.loop",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name):
    if name in old_names.FUNCTIONS:
        old_names.warn(f"zoo865.{name}", f"zoo865.{old_names.FUNCTIONS[name]}")
        name = old_names.FUNCTIONS[name]
    if name not in _PUBLIC:
        raise AttributeError(f"module 'zoo865' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__():
    return [*globals(), *__all__]
