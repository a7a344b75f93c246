"""From raw examples to what a model sees: one TensorFlow graph for training, measuring and serving.

Importing this imports no TensorFlow: only preparing does.
"""

from collections.abc import Mapping


def prepare(spec, raw: Mapping):
    """Raw examples as a model sees them, in a graph of TensorFlow's or at once.

    Args:
        spec: of the data.
        raw: the name of every input of `spec` -> a batch of raw examples: tensors, or arrays of any backend.

    Returns:
        A float32 or int32 tensor of (batch, *prepared_shape) of the input; of several inputs name -> tensor.

    Example:
        prepare(Spec({"image": Image((28, 28, 1))}), {"image": np.zeros((8, 50, 60, 3), "uint8")})  # (8, 28, 28, 1)
    """
    from zoo865.preprocessing import graph

    return graph.prepare(spec, raw)


def prepared(spec, examples: Mapping):
    """Raw examples of a split as a model sees them, as arrays: `prepare`, traced once for each specification.

    Args:
        spec: of the data.
        examples: as a split gives them; what is no input of `spec` is passed over.

    Returns:
        As `prepare`, in NumPy.
    """
    from zoo865.preprocessing import graph

    return graph.prepared(spec, examples)
