"""Where optimizers go: the paths of Keras' own, from many starts at many learning rates."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo865.errors import ZooError
from zoo865.explain.functions import Function, checked_value


def optimizers() -> dict[str, type]:
    """Name -> class of every optimizer that the installed Keras has.

    Example:
        >>> sorted(optimizers())[:3]
        ['Adadelta', 'Adafactor', 'Adagrad']
    """
    every = keras.optimizers.Optimizer
    found = {
        name: one
        for name, one in vars(keras.optimizers).items()
        if inspect.isclass(one) and issubclass(one, every) and one is not every
    }
    return dict(sorted(found.items()))


def why_it_cannot_run(make: type) -> str:
    """Why an optimizer cannot go downhill by itself; "" where it can.

    Args:
        make: its class.

    Returns:
        The reason, after "it is left out: ".

    Example:
        >>> why_it_cannot_run(keras.optimizers.Adam), why_it_cannot_run(keras.optimizers.LossScaleOptimizer)[:7]
        ('', 'it has ')
    """
    alone = "learning_rate" in inspect.signature(make).parameters
    return "" if alone else "it has no learning rate of its own, but other optimizers inside"


def descend(
    function: Function, make: Callable[[float], Any], rates: Sequence[float], starts: np.ndarray, steps: int
) -> np.ndarray:
    """Goes downhill with one kind of optimizer.

    Args:
        function: on what.
        make: a learning rate -> a new optimizer.
        rates: learning rates.
        starts: (starts, parameters) floats.
        steps: of each path.

    Returns:
        (rates, starts, steps + 1, parameters) float32, the start first. NaN from where a path has become infinite.

    Raises:
        ZooError: the function has no gradient.

    Example:
        >>> from zoo865.explain.functions import FUNCTIONS
        >>> path = descend(FUNCTIONS["quadratic"], keras.optimizers.SGD, [0.1], np.array([[4.0, 1.0]]), 2)
        >>> np.round(path[0, 0].astype("float64"), 2).tolist()
        [[4.0, 1.0], [3.6, 0.0], [3.24, 0.0]]
    """
    starts, some = np.asarray(starts, "float32"), np.asarray(starts[:2], "float32")
    # Most optimizers change every number by itself: all starts are one variable then, a row each. To others a matrix is
    # something else than its rows: they get a variable for each start.
    first, second = (_paths(function, make, rates[:1], some, 2, together) for together in (True, False))
    return _paths(function, make, rates, starts, steps, np.array_equal(first, second, equal_nan=True))


def _paths(function, make, rates, starts, steps: int, together: bool) -> np.ndarray:
    """See `descend`; with one variable for all starts, or one each."""
    begins = [starts] if together else [*starts]
    variables = [keras.Variable(one) for one in begins]
    optimizer = make(1.0)
    optimizer.build(variables)
    everything = [*optimizer.variables, *variables]
    fresh = [*(ops.convert_to_numpy(variable) for variable in optimizer.variables), *begins]
    step = _step(function, optimizer, variables)
    paths = np.empty((len(rates), len(starts), steps + 1, function.parameters), "float32")
    for row, rate in enumerate(rates):
        for variable, value in zip(everything, fresh, strict=True):
            variable.assign(value)
        optimizer.learning_rate = rate
        for number in range(steps + 1):
            paths[row, :, number] = np.concatenate(
                [np.atleast_2d(ops.convert_to_numpy(variable)) for variable in variables]
            )
            if number < steps:
                step()
    lost = np.cumsum(~np.isfinite(paths).all(-1, keepdims=True), axis=2) > 0
    return np.where(lost, np.float32(np.nan), paths)


def _step(function, optimizer, variables) -> Callable[[], None]:
    """A step of training, compiled as `fit` does it."""

    def slopes(values):
        return [gradients(function, value) for value in values]

    if keras.backend.backend() != "jax":
        return compile_function(lambda: optimizer.apply(slopes([one.value for one in variables]), variables))
    changed = compile_function(lambda values, state: optimizer.stateless_apply(state, slopes(values), values))

    def step():
        new = changed([one.value for one in variables], [one.value for one in optimizer.variables])
        for own, values in zip((variables, optimizer.variables), new, strict=True):
            for variable, value in zip(own, values, strict=True):
                variable.assign(value)

    return step


def compile_function(function: Callable) -> Callable:
    """The function in a graph of the backend's, of tensors or arrays.

    Args:
        function: of `keras.ops`.

    Returns:
        It, compiled.

    Example:
        >>> float(compile_function(lambda x: x + 1)(np.float32(1)))
        2.0
    """
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    import tensorflow as tf

    return tf.function(function, autograph=False, reduce_retracing=True)


def gradients(function: Function, points: Any) -> Any:
    """The slopes of a function at points, by the backend's own gradient.

    Args:
        function: which.
        points: (..., parameters) float32.

    Returns:
        (..., parameters) float32, a tensor.

    Raises:
        ZooError: it has none.

    Example:
        >>> from zoo865.explain.functions import FUNCTIONS
        >>> np.array(gradients(FUNCTIONS["quadratic"], np.array([[2.0, 1.0]], "float32"))).tolist()
        [[2.0, 10.0]]
    """

    def summed(given):
        return ops.sum(checked_value(function, [given[..., one] for one in range(function.parameters)]))

    points = ops.convert_to_tensor(points)
    if keras.backend.backend() == "jax":
        import jax

        return jax.grad(summed)(points)
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(points)
        total = summed(points)
    found = tape.gradient(total, points)
    if found is None:
        raise ZooError(f"{function.name} has no gradient", "it must vary, by keras.ops, without rounding or NumPy")
    return found
