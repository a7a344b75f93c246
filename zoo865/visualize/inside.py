"""Into a network: what its layers give, and how an answer hangs on that.

For any Keras model from images to one answer, also where it nests, is a chain, was read from a file, or has a `call` of
its own. A question is traced once for each shape of its images; the weights are read anew whenever it is asked.

A target says what of the answers is asked about: a class (or unit), a class for each image, None for the class that
each image is taken for, or any function of the answers, (batch, ...) -> (batch,). A softmax or sigmoid at the model's
end is left out: where it is sure, nothing hangs on anything.
"""

import functools
import weakref

import keras
import numpy as np
from keras import ops

from zoo865.errors import ZooError
from zoo865.losses.gradients import input_gradient
from zoo865.visualize.layers import after, layers_of, nests, path_of, tapped, unsquashed

AT_ONCE = 64  # images that a network is asked about together
_COMPILED = weakref.WeakKeyDictionary()  # model -> question -> function: they go when the model goes


def maps_of(model, images) -> dict[str, tuple[int, int, int]]:
    """Path -> (height, width, channels) of the layers that give maps of such images, in order, without nested models.

    Raises:
        ZooError: there are none.
    """
    images = as_images(model, images)[:1]
    shapes, key = {}, ("shapes", images.shape)

    def note(path, given):
        shapes[path] = tuple(getattr(given, "shape", ()))[1:]
        return given

    def trace(model, answer, images):
        inner = {path: layer for path, layer in layers_of(model).items() if not nests(layer)}
        with tapped({layer: after(functools.partial(note, path)) for path, layer in inner.items()}):
            answer(images)
        return images

    known = _COMPILED.setdefault(model, {})
    if key not in known:
        ask(model, "shapes", trace, images)
        known[key] = {path: shapes[path] for path in layers_of(model) if len(shapes.get(path, ())) == 3}
    if not known[key]:
        raise ZooError(f"{model.name} has no layer that gives maps", "it needs convolutions")
    return known[key]


def as_images(model, images) -> np.ndarray:
    """Images as float32, checked.

    Raises:
        ZooError: they are of another shape than the model takes.
    """
    images = np.asarray(images, "float32")
    wanted = getattr(model, "input_shape", (None,) * images.ndim)
    fits = len(wanted) == images.ndim and all(a in (None, b) for a, b in zip(wanted[1:], images.shape[1:], strict=True))
    if not fits or not len(images):
        shape = ", ".join("any" if side is None else str(side) for side in wanted[1:])
        raise ZooError(
            f"the images are {images.shape}, {model.name} takes (batch, {shape})", "resize them, or add the batch"
        )
    return images


def read(model, images, names=()) -> tuple[list[np.ndarray], np.ndarray]:
    """What some layers give for images, and the model's answers.

    Args:
        model: from images to one answer.
        images: (batch, height, width, channels), as the model takes them.
        names: of layers, by path or name.

    Returns:
        A list of arrays (batch, ...), one a layer; and the answers (batch, ...), without softmax or sigmoid.
    """
    paths = [path_of(model, name) for name in names]

    def run(model, answer, images):
        taken, inner = {path: [] for path in paths}, layers_of(model)
        with tapped({inner[path]: after(functools.partial(_keep, taken[path])) for path in paths}):
            answers = answer(images)
        return [_only(path, taken[path]) for path in paths], answers

    images = as_images(model, images)
    chunks = [ask(model, ("read", *paths), run, images[i : i + AT_ONCE]) for i in range(0, len(images), AT_ONCE)]
    return keras.tree.map_structure(lambda *parts: np.concatenate([ops.convert_to_numpy(p) for p in parts]), *chunks)


def slopes(model, images, weights, of: str | None = None, at: str | None = None, given=None) -> np.ndarray:
    """How a weighted sum of what one place of the network gives hangs on what another place holds.

    Args:
        model: from images to one answer.
        images: (batch, height, width, channels).
        weights: of the sum, in the shape of what is summed up; see `weights_of`.
        of: the layer whose values are summed up; None for the answers.
        at: the layer whose values they hang on; None for the images.
        given: what the layer `at` gives for these images; only what lies behind it is computed.

    Returns:
        The slopes, in the shape of what `at` gives.
    """
    of, at = (name and path_of(model, name) for name in (of, at))

    def run(model, answer, images, weights, *given):
        inner = layers_of(model)

        def total(values):
            taken, taps = [], {}
            if at:
                taps[inner[at]] = lambda call: values
            if of:
                taps[inner[of]] = after(functools.partial(_keep, taken))
            with tapped(taps):
                answers = answer(images if at else values)
            return ops.sum((_only(of, taken) if of else answers) * weights, axis=tuple(range(1, weights.ndim)))

        return input_gradient(total, given[0] if at else images)[1]

    images, found = as_images(model, images), []
    for i in range(0, len(images), AT_ONCE):
        parts = [part[i : i + AT_ONCE] for part in (images, weights, *([given] if at else []))]
        found.append(ops.convert_to_numpy(ask(model, ("slopes", of, at), run, *parts)))
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
    chosen = np.asarray(values.reshape(len(values), -1, units).mean(1).argmax(-1) if target is None else target)
    if not np.issubdtype(chosen.dtype, np.integer) or chosen.min() < 0 or chosen.max() >= units:
        raise ZooError(f"no class or unit {target}: there are {units}", f"give one from 0 to {units - 1}")
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
    known = _COMPILED.setdefault(model, {})
    if question not in known:
        known[question] = _compiled(weakref.ref(model), function)
    return known[question](model, *tensors)


def _compiled(model_of, function):
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        def run(model_of, *tensors):
            model = model_of()
            with unsquashed(model):
                return function(model, lambda images: model(images, training=False), *tensors)

        # Questions have a name each, else TensorFlow takes many of them for one that is traced too often.
        run = tf.function(functools.partial(run, model_of), autograph=False, reduce_retracing=True)
        return lambda model, *tensors: run(*map(tf.convert_to_tensor, tensors))
    import jax

    @jax.jit
    def run(trained, others, *tensors):
        model = model_of()
        with unsquashed(model):
            answer = lambda images: model.stateless_call(trained, others, images, training=False)[0]  # noqa: E731
            return function(model, answer, *tensors)

    def values(variables):
        return [variable.value for variable in variables]

    return lambda model, *tensors: run(
        values(model.trainable_variables), values(model.non_trainable_variables), *tensors
    )


def _keep(taken: list, given):
    taken.append(given)
    return given


def _only(path: str, taken: list):
    if len(taken) != 1:
        raise ZooError(f"the model uses layer {path!r} {len(taken)} times", "choose one that it uses once")
    return taken[0]
