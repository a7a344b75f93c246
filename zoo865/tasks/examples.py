"""Shared by all tasks: serving signatures for raw examples, and the report's training batch."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from zoo865.data.spec import Spec
from zoo865.preprocessing import prepare
from zoo865.tasks.task import Pictures, ReportSection, Signature

SHOWN = 8  # examples of a training batch


def _as_model_sees(spec, raw: Mapping):
    """Raw examples, name -> tensor, as a model sees them; see `zoo865.preprocessing.prepare`.

    The graph is TensorFlow's. Where Keras runs on JAX, which traces no other, arrays go through it at once: exports are
    written where Keras runs on TensorFlow.
    """
    import keras

    seen = prepare(spec, raw)
    if keras.backend.backend() == "tensorflow":
        return seen
    return keras.tree.map_structure(lambda tensor: keras.ops.convert_to_tensor(tensor.numpy()), seen)


def serving(spec: Spec, examples: Mapping[str, np.ndarray], answer: Callable[[Any], Mapping[str, Any]]) -> Signature:
    """The signature of raw inputs.

    Args:
        spec: of the data.
        examples: raw ones, as a split gives them.
        answer: what a model sees -> name -> tensor.

    Returns:
        The signature, its inputs those of the data.

    Example:
        >>> signature = serving(run.spec, run.data.test.take([0, 1]), lambda seen: {"logits": model(seen)})
        >>> signature.inputs
        {'image': ((None, None, None, None), 'uint8')}
    """
    names = list(spec.inputs)

    def function(*raw):
        return answer(_as_model_sees(spec, dict(zip(names, raw, strict=True))))

    shapes = {name: ((None, *feature.served_shape), feature.dtype) for name, feature in spec.inputs.items()}
    sample = {name: feature.stack(examples[name]) for name, feature in spec.inputs.items()}
    return Signature(function, shapes, sample)


def training_batch(run) -> ReportSection:
    """The section of the first training batch: raw examples, model inputs and targets."""
    recipe = run.recipe
    feed = recipe.batches.open(
        run.data, batch_size=recipe.batch_size, seed=run.settings["seed"], model=run.model, steps_together=1
    )
    raw, (seen, *targets) = feed.first_batch()
    section = functools.partial(ReportSection, "training_batch", "Training batch")
    if not raw:
        return section("The arrays of the first batch.", table=_of_arrays(seen))
    columns = _columns(run.data.spec, raw, seen, targets)
    caption = "The first examples of the first batch"
    if any(key.endswith(", model input") for key in columns):
        caption += ": raw, and as the model's input, preprocessed"
        caption += " and augmented" if getattr(recipe.batches, "augment", "none") != "none" else ""
    caption += "."
    pictures = {key: column for key, column in columns.items() if isinstance(column[0], np.ndarray)}
    if not pictures:
        return section(caption, table=columns)
    words = {key: column for key, column in columns.items() if key not in pictures}
    caption += f" Rows alternate: {'; '.join(pictures)}." if len(pictures) > 1 else ""
    return section(caption, pictures=_in_rows(pictures, words))


def _columns(spec, raw, seen, targets) -> dict[str, list]:
    """What people see of each example: the columns of a table, texts or pictures."""
    seen, columns = seen if isinstance(seen, Mapping) else {next(iter(spec.inputs)): seen}, {}
    for key in (key for key in spec.inputs if key in raw):
        columns[f"{key}, raw"] = [spec.inputs[key].show(one) for one in raw[key][:SHOWN]]
        if key in seen:
            columns[f"{key}, model input"] = [spec.inputs[key].show(one) for one in seen[key][:SHOWN]]
    for key, feature in spec.targets.items() if targets else ():
        given = targets[0][key] if isinstance(targets[0], Mapping) else targets[0]
        columns[key] = [feature.show(one) for one in given[:SHOWN]]
    return columns


def _in_rows(pictures: dict[str, list], words: dict[str, list], across: int = 4) -> Pictures:
    """Pictures in full rows of one column each, what is raw above what is seen, and below all what the words say."""
    shown, said, last = [], [], list(pictures)[-1]
    across = min(across, len(pictures[last]))
    for start in range(0, len(pictures[last]) - across + 1, across):
        for key, column in pictures.items():
            part = range(start, start + across)
            shown += [column[place] for place in part]
            here = [", ".join(str(texts[place]) for texts in words.values()) for place in part]
            said += here if key == last else [""] * len(part)
    return Pictures(shown, said, across)


def _of_arrays(seen) -> dict:
    """What a batch holds that belongs to no raw example: name, shape and range of each array."""
    arrays = seen if isinstance(seen, Mapping) else {"input": seen}
    ranges = [f"{array.min():.3g} to {array.max():.3g}" for array in arrays.values()]
    return {"name": list(arrays), "shape": [str(array.shape) for array in arrays.values()], "range": ranges}
