"""From raw examples to what a model sees: one TensorFlow graph for training, measuring and serving.

Importing this imports no TensorFlow: only preparing does.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo865.data.spec import Spec


def prepare(spec: Spec, raw: Mapping[str, Any]) -> Any:
    """Raw examples as a model sees them, in a graph of TensorFlow's or at once.

    Args:
        spec: of the data.
        raw: the name of every input of `spec` -> a batch of raw examples: tensors, or arrays of any backend.

    Returns:
        A float32 or int32 tensor of (batch, *prepared_shape) of the input; of several inputs name -> tensor.

    Example:
        >>> from zoo865.data.features import Image
        >>> prepare(Spec({"image": Image((28, 28, 1))}), {"image": np.zeros((8, 50, 60, 3), "uint8")}).shape
        TensorShape([8, 28, 28, 1])
    """
    from zoo865.preprocessing import graph

    return graph.prepare(spec, raw)


def prepared(spec: Spec, examples: Mapping[str, np.ndarray]) -> Any:
    """Raw examples of a split as a model sees them, as arrays: `prepare`, traced once for each specification.

    Args:
        spec: of the data.
        examples: as a split gives them; what is no input of `spec` is passed over.

    Returns:
        As `prepare`, in NumPy.

    Example:
        >>> seen = prepared(run.spec, run.data.test.take([0, 1]))
        >>> seen.shape, seen.dtype, bool(0 <= seen.min() <= seen.max() <= 1)
        ((2, 28, 28, 1), dtype('float32'), True)
    """
    from zoo865.preprocessing import graph

    return graph.prepared(spec, examples)
