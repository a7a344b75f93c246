"""zoo865: deep learning systems to read, train, look at and serve.

Importing this package imports neither TensorFlow nor Keras: the public names below load on first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

from zoo865 import old_names

__version__ = "0.1.0"

if TYPE_CHECKING:  # what type checkers and editors see: the same names
    from zoo865.data.load import load_data as load_data
    from zoo865.errors import ZooError as ZooError
    from zoo865.exporting.export import export as export
    from zoo865.exporting.predictor import Predictor as Predictor
    from zoo865.hub.publish import publish as publish
    from zoo865.recipe import Optimizer as Optimizer
    from zoo865.recipe import Phase as Phase
    from zoo865.recipe import Recipe as Recipe
    from zoo865.registry import get_recipe as get_recipe
    from zoo865.registry import list_systems as list_systems
    from zoo865.reporting.augment import measure_augmentation_tolerance as measure_augmentation_tolerance
    from zoo865.reporting.look import look as look
    from zoo865.reporting.report import report as report
    from zoo865.training.loop import resume as resume
    from zoo865.training.loop import train as train
    from zoo865.training.run import Run as Run
    from zoo865.workflow import make as make
    from zoo865.workflow import make_folds as make_folds
    from zoo865.workflow import make_seeds as make_seeds

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


def __getattr__(name: str) -> Any:
    if name in old_names.FUNCTIONS:
        old_names.warn(f"zoo865.{name}", f"zoo865.{old_names.FUNCTIONS[name]}")
        name = old_names.FUNCTIONS[name]
    if name not in _PUBLIC:
        raise AttributeError(f"module 'zoo865' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
