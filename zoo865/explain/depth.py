"""How large activations and gradients are, layer by layer, in deep networks before they learn."""

import itertools
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from zoo865.losses.gradients import input_gradient
from zoo865.preprocessing import prepared
from zoo865.registry import get_recipe
from zoo865.training.build import build_model, load
from zoo865.visualize.activations import activations_of, gradients_of
from zoo865.visualize.layers import layers_of, nests

DEPTH, UNITS, EXAMPLES = 20, 64, 64
ACTIVATIONS = ("sigmoid", "tanh", "relu")
INITIALIZERS = {  # as one names it -> Keras'
    "small (0.01)": lambda seed: keras.initializers.RandomNormal(stddev=0.01, seed=seed),
    "Glorot": lambda seed: keras.initializers.GlorotNormal(seed=seed),
    "He": lambda seed: keras.initializers.HeNormal(seed=seed),
    "large (0.5)": lambda seed: keras.initializers.RandomNormal(stddev=0.5, seed=seed),
}


@dataclass(frozen=True)
class Signals:
    """How large numbers are in a network.

    Args:
        activations: (layers,) root mean square of what each layer gives.
        gradients: (layers,) root mean square of the loss's derivatives with respect to that.
    """

    activations: np.ndarray
    gradients: np.ndarray


def signals(activation: str, initializer: str, normalised: bool) -> Signals:
    """Those of 20 dense layers of 64 units, for 64 random inputs of standard deviation 1 and random classes.

    Glorot and Bengio 2010 showed how a network's depth and its first weights decide whether it learns; He et al. 2015
    how it is with relu; Ioffe and Szegedy 2015 what normalisation changes.

    Args:
        activation: as Keras names it.
        initializer: one of INITIALIZERS.
        normalised: whether each layer is normalised over the batch, before its activation.

    Returns:
        Their sizes.

    Example:
        >>> found = signals("sigmoid", "small (0.01)", False)
        >>> found.gradients.shape, bool(found.gradients[0] < 1e-6 * found.gradients[-1])
        ((20,), True)
    """
    random = np.random.default_rng(865)
    x = ops.convert_to_tensor(random.normal(size=(EXAMPLES, UNITS)).astype("float32"))
    classes = ops.convert_to_tensor(random.integers(0, 10, EXAMPLES))
    make, squash = INITIALIZERS[initializer], keras.activations.get(activation)
    dense = [layers.Dense(UNITS, kernel_initializer=make(seed)) for seed in range(DEPTH)]
    norms = [layers.BatchNormalization() for _ in dense] if normalised else []
    answer = layers.Dense(10, kernel_initializer=keras.initializers.GlorotNormal(seed=DEPTH))
    given: list = []

    def loss(added):
        """With something added to what each layer gives: its derivatives are those of what the layers give."""
        given.clear()
        state = x
        for number, layer in enumerate(dense):
            state = layer(state)
            if normalised:
                state = norms[number](state, training=True)
            state = squash(state) + added[number]
            given.append(state)
        losses = keras.losses.sparse_categorical_crossentropy(classes, answer(state), from_logits=True)
        return ops.mean(losses)

    for layer in (*dense, *norms, answer):
        layer.build((EXAMPLES, UNITS))
    nothing = ops.zeros((DEPTH, EXAMPLES, UNITS))
    loss(nothing)
    sizes = [_size(ops.convert_to_numpy(one)) for one in given]
    _, slopes = input_gradient(loss, nothing)
    return Signals(np.array(sizes), np.array([_size(one) for one in ops.convert_to_numpy(slopes)]))


def _size(values: np.ndarray) -> float:
    """The root mean square; of float32 that would overflow, too."""
    return float(np.sqrt(np.mean(np.square(values.astype("float64")))))


def every_depth() -> dict[str, dict[str, list[list[float]]]]:
    """Those of every activation and first weights, without and with normalisation.

    Returns:
        "ACTIVATION, INITIALIZER" -> {"plain" and "normalised": [activations, gradients], each a number a layer}.

    Example:
        >>> len(every_depth())  # doctest: +SKIP
        12
    """
    return {
        f"{activation}, {initializer}": {
            how: [part.tolist() for part in (found.activations, found.gradients)]
            for how, normalised in (("plain", False), ("normalised", True))
            for found in [signals(activation, initializer, normalised)]
        }
        for activation, initializer in itertools.product(ACTIVATIONS, INITIALIZERS)
    }


def of_a_system(name: str) -> dict[str, tuple[float, float]]:
    """How large activations and gradients of a system's network are before it learns, for 64 generated digits.

    Args:
        name: of a system that classifies images.

    Returns:
        Layer with weights -> root mean square of what it gives, and of the loss's derivatives with respect to that.

    Raises:
        ZooError: no such system.

    Example:
        >>> list(of_a_system("mnist_cnn"))[:2]  # doctest: +SKIP
        ['stem', 'stem_norm']
    """
    recipe = get_recipe(name).override({"data": "generated_digits", "data_args": {"image_shape": [28, 28, 1]}})
    data = load(recipe)
    keras.utils.set_random_seed(865)
    model = build_model(recipe, data.spec)
    examples = data.train.take(np.arange(EXAMPLES))
    images = prepared(data.spec, examples)
    for _ in range(50):  # batch normalisation learns the moments that it answers with
        model(images, training=True)
    names = [path for path, layer in layers_of(model).items() if layer.weights and not nests(layer)]
    given, logits = activations_of(model, images, names)
    right = np.eye(logits.shape[1])[examples["label"]]
    slopes = np.asarray(ops.softmax(logits)) - right  # of each image's loss, with respect to the logits
    found = {}
    for path, values in zip(names, given, strict=True):
        gradient = gradients_of(model, images, (slopes / EXAMPLES).astype("float32"), at=path, given=values)
        found[path] = _size(values), _size(gradient)
    return found
