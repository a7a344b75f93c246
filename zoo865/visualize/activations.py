"""Into a network: what its layers give, and how an answer hangs on that.

For any Keras model from images to one answer, also where it nests, is a chain, was read from a file, or has a `call` of
its own. A question is traced once for each shape of its images; the weights are read anew whenever it is asked.

A target says what of the answers is asked about: a class (or unit), a class for each image, None for the class that
each image is taken for, or any function of the answers, (batch, ...) -> (batch,). Of a single answer, None stands for
what it says, above 0 or below. A softmax or sigmoid of the last layer is left out: where it is sure, nothing hangs on
anything.
"""

import functools
import inspect
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import ArrayLike

from zoo865.errors import ZooError
from zoo865.losses.gradients import input_gradient
from zoo865.visualize.layers import after, layers_of, nests, path_of, squashing, tapped, unsquashed

Target = int | Sequence[int] | np.ndarray | Callable[[Any], Any] | None  # see above
AT_ONCE = 64  # images that a network is asked about together
CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D, layers.Conv2DTranspose)
_COMPILED = weakref.WeakKeyDictionary()  # model -> question -> function: they go when the model goes
_ONE_AT_A_TIME = threading.RLock()  # tracing goes through layers that all threads share


def maps_of(model: keras.Model, images: ArrayLike) -> dict[str, tuple[int, int, int]]:
    """Path -> (height, width, channels) of the layers that give maps of such images, as the model calls them.

    Layers made of others are left out, and maps of a single place.

    Args:
        model: from images to one answer.
        images: (batch, height, width, channels), as the model takes them.

    Returns:
        Path -> (height, width, channels), in the order of the layers.

    Raises:
        ZooError: there are none: the model has no convolutions.

    Example:
        >>> maps_of(model, images)["stage1_conv"]
        (14, 14, 8)
    """
    images, shapes = as_images(model, images)[:1], {}

    def note(path, given):
        shapes[path] = tuple(getattr(given, "shape", ()))[1:]
        return given

    def trace(model, answer, images):
        inner = {path: layer for path, layer in layers_of(model).items() if not nests(layer)}
        with tapped({layer: after(functools.partial(note, path)) for path, layer in inner.items()}):
            answer(images)
        return images

    with _ONE_AT_A_TIME:
        known, question = _COMPILED.setdefault(model, {}), ("shapes", images.shape, _made_of(model))
        if question not in known:
            _compiled(weakref.ref(model), trace)(model, images)
            known[question] = {path: shape for path, shape in shapes.items() if len(shape) == 3 and shape[:2] != (1, 1)}
    if not known[question] or not any(isinstance(layer, CONVOLUTIONS) for layer in layers_of(model).values()):
        raise ZooError(f"{model.name} has no layer with feature maps", "it needs convolutions")
    return known[question]


def as_images(model: keras.Model, images: ArrayLike) -> np.ndarray:
    """Images as float32, checked.

    Raises:
        ZooError: they are of another shape than the model takes, or it takes more than images.
    """
    images = np.asarray(images, "float32")
    wanted = getattr(model, "input_shape", (None,) * images.ndim)
    if not isinstance(wanted, tuple) or isinstance(wanted[0], tuple):
        raise ZooError(f"{model.name} takes several inputs", "wrap it in a keras.Model with images as the only input")
    fits = len(wanted) == images.ndim and all(a in (None, b) for a, b in zip(wanted[1:], images.shape[1:], strict=True))
    if not fits or not len(images):
        shape = ", ".join("any" if side is None else str(side) for side in wanted[1:])
        wrong = f"the images have shape {images.shape}, {model.name} takes (batch, {shape})"
        raise ZooError(wrong, "resize them, or add the batch axis")
    return images


def activations_of(
    model: keras.Model, images: ArrayLike, names: Sequence[str] = ()
) -> tuple[list[np.ndarray], np.ndarray]:
    """What some layers give for images, and the model's answers.

    Args:
        model: from images to one answer.
        images: (batch, height, width, channels), as the model takes them.
        names: of layers, by path or name.

    Returns:
        A list of float32 arrays (batch, ...), one a layer; and the answers (batch, ...), without softmax or sigmoid.

    Raises:
        ZooError: no such layer, one that is used several times, images of another shape, several answers.

    Example:
        >>> (maps,), logits = activations_of(model, images, ["stage1_conv"])
        >>> maps.shape, logits.shape
        ((8, 14, 14, 8), (8, 10))
    """
    paths = [path_of(model, name) for name in names]

    def run(model, answer, images):
        taken, inner = {path: [] for path in paths}, layers_of(model)
        with tapped({inner[path]: after(functools.partial(_keep, taken[path])) for path in paths}):
            answers = answer(images)
        return [ops.cast(given, "float32") for given in (*(_only(path, taken[path]) for path in paths), answers)]

    images = as_images(model, images)
    chunks = [ask(model, ("activations", *paths), run, images[i : i + AT_ONCE]) for i in range(0, len(images), AT_ONCE)]
    *given, answers = [
        np.concatenate([ops.convert_to_numpy(part) for part in parts]) for parts in zip(*chunks, strict=True)
    ]
    return given, answers


def gradients_of(
    model: keras.Model,
    images: ArrayLike,
    weights: np.ndarray,
    of: str | None = None,
    at: str | None = None,
    given: np.ndarray | None = None,
) -> np.ndarray:
    """How a weighted sum of what one place of the network returns depends on what another place holds.

    Args:
        model: from images to one answer.
        images: (batch, height, width, channels).
        weights: of the sum, in the shape of what is summed up; see `weights_of`.
        of: the layer whose values are summed up; None for the answers.
        at: the layer whose values they hang on; None for the images.
        given: what the layer `at` gives for these images; None computes it.

    Returns:
        The gradients, float32 in the shape of what `at` gives.

    Raises:
        ZooError: no such layer, one that is used several times, one that nothing hangs on; images of another shape, or
            of whole numbers.

    Example:
        >>> of_class_3 = np.tile(np.eye(10, dtype="float32")[3], (8, 1))
        >>> gradients_of(model, images, of_class_3).shape
        (8, 28, 28, 1)
    """
    of, at = (name and path_of(model, name) for name in (of, at))

    def run(model, answer, images, weights, *given):
        inner = layers_of(model)

        def total(values):
            taken, put, taps = [], [], {}
            if at:
                taps[inner[at]] = lambda call: _keep(put, ops.cast(values, inner[at].compute_dtype))
            if of:
                taps[inner[of]] = after(functools.partial(_keep, taken))
            with tapped(taps):
                answers = answer(images if at else values)
            if at:
                _only(at, put)
            summed = ops.cast(_only(of, taken) if of else answers, "float32")
            return ops.sum(summed * weights, axis=tuple(range(1, weights.ndim)))

        slope = input_gradient(total, given[0] if at else images)[1]
        if slope is None:
            raise ZooError(
                f"the output of {model.name} does not depend on {at or 'its images'}", "choose another layer"
            )
        return slope

    if not at and any("float" not in one.dtype for one in getattr(model, "inputs", None) or ()):
        raise ZooError(f"{model.name} takes integers, which have no gradients", "choose a layer")
    images, found = as_images(model, images), []
    held = [activations_of(model, images, [at])[0][0] if given is None else given] if at else []
    for i in range(0, len(images), AT_ONCE):
        parts = [part[i : i + AT_ONCE] for part in (images, weights, *held)]
        found.append(ops.convert_to_numpy(ask(model, ("gradients", of, at), run, *parts)))
    return np.concatenate(found)


def weights_of(target, values) -> np.ndarray:
    """How much each of some values counts in a target, as weights of their sum.

    Args:
        target: what is asked about, see above; a unit of maps stands for its mean over all places.
        values: (batch, ..., units), answers or what a layer gives.

    Returns:
        An array of their shape.

    Raises:
        ZooError: no such unit.
    """
    if callable(target):
        return ops.convert_to_numpy(input_gradient(target, ops.convert_to_tensor(values))[1])
    units = values.shape[-1]
    if target is None and units == 1:  # what is below 0 is taken for the other class
        return np.where(values > 0, 1, -1).astype("float32")
    chosen = np.asarray(values.reshape(len(values), -1, units).mean(1).argmax(-1) if target is None else target)
    if not np.issubdtype(chosen.dtype, np.integer) or chosen.min() < 0 or chosen.max() >= units:
        raise ZooError(f"no class or unit {target}: there are {units}", f"choose one from 0 to {units - 1}")
    if chosen.shape not in ((), (1,), (len(values),)):
        raise ZooError(f"{chosen.size} classes for {len(values)} images", "give one, or one per image")
    one = np.eye(units, dtype="float32")[np.broadcast_to(chosen, len(values))]
    places = values[0, ..., 0].size
    return np.broadcast_to(one.reshape(len(values), *[1] * (values.ndim - 2), units) / places, values.shape)


def ask(model, question, function, *tensors):
    """What a function of a model and tensors gives, compiled once for a question and each shape.

    Args:
        model: which is asked.
        question: what tells this function from others about the same model; hashable.
        function: model, answer, tensors -> tensors, where `answer` gives the model's answers for images.
        tensors: arrays.
    """
    with _ONE_AT_A_TIME:
        known, question = _COMPILED.setdefault(model, {}), (question, _made_of(model))
        if question not in known:
            known[question] = _compiled(weakref.ref(model), function)
        return known[question](model, *tensors)


def _made_of(model) -> tuple[int, ...]:
    """Which layers a model has: where some are exchanged, what was traced holds no more."""
    return tuple(map(id, layers_of(model).values()))


def _compiled(model_of, function):
    """model, images, tensors -> what the function makes of them, compiled."""

    def traced(model, call, images, *tensors):
        def answer(images):
            if not hasattr(answers := call(images), "shape"):
                raise ZooError(f"{model.name} has several outputs", "make a keras.Model with one")
            return answers

        with unsquashed(squashing(model, lambda: answer(images))):
            return function(model, answer, images, *tensors)

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        def run(model_of, *tensors):
            model = model_of()
            return traced(model, lambda images: model(images, training=False), *tensors)

        # Questions have a name each, else TensorFlow takes many of them for one that is traced too often.
        run = tf.function(functools.partial(run, model_of), autograph=False, reduce_retracing=True)
        return lambda model, *tensors: run(*map(tf.convert_to_tensor, tensors))
    import jax

    @jax.jit
    def stateless(trained, others, *tensors):
        model = model_of()
        mode = {"training": False} if "training" in inspect.signature(model.call).parameters else {}
        return traced(model, lambda images: model.stateless_call(trained, others, images, **mode)[0], *tensors)

    def values(variables):
        return [variable.value for variable in variables]

    return lambda model, *tensors: stateless(
        values(model.trainable_variables), values(model.non_trainable_variables), *tensors
    )


def _keep(taken: list, given):
    taken.append(given)
    return given


def _only(path: str, taken: list):
    if len(taken) != 1:
        raise ZooError(f"the model uses layer {path!r} {len(taken)} times", "choose a layer that it uses once")
    return taken[0]
