"""The kinds of data: what one example of each is like, how a person's own becomes one, how it is shown.

Each class knows its kind alone, and nothing else of the package asks which kind it has before it: a specification
(zoo865/data/spec.py) maps names to features, `zoo865.preprocessing.prepare` brings raw examples to what a model sees.
Neither TensorFlow nor Keras is imported here: reading an input and showing an answer do not need them.
"""

from zoo865.data.features.audio import Audio
from zoo865.data.features.feature import Feature, feature_from_json, unboxed
from zoo865.data.features.image import Image
from zoo865.data.features.numbers import Action, Board, Label, Observation
from zoo865.data.features.position import Position
from zoo865.data.features.text import Text, Tokens

__all__ = [
    "Action",
    "Audio",
    "Board",
    "Feature",
    "Image",
    "Label",
    "Observation",
    "Position",
    "Text",
    "Tokens",
    "feature_from_json",
    "unboxed",
]
