"""From the plain data of a recipe to live Keras objects."""

import fnmatch
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from keras import ops

from zoo865.data.features.feature import short
from zoo865.data.load import full_name, load_data
from zoo865.errors import ZooError, nearest
from zoo865.losses.classification import LogitAdjusted
from zoo865.recipe import Optimizer, Phase, Recipe
from zoo865.settings import checked_arguments
from zoo865.training.adagrad import Adagrad


def load(recipe: Recipe):
    """The recipe's data, fitted to what its model takes.

    Raises:
        ZooError: unknown data or `data_args`, or data that cannot be read.
    """
    return load_data(recipe.data, **checked_arguments(load_data, recipe.data_args, "data_args"))


def with_full_names(recipe: Recipe) -> Recipe:
    """The recipe whose data, and whose files of weights and of its task, every process finds, in whatever directory it
    stands.
    """
    weights = recipe.model_args.get("weights")
    found: dict[str, Any] = {}
    if weights and (Path(weights).is_file() or Path(weights, "saved_model.pb").is_file()):  # no folder called "glove"
        found["model_args.weights"] = str(Path(weights).resolve())
    found |= files_of_task(recipe, lambda path: str(path.resolve()))
    found |= {f"phases.{phase.name}.data": full_name(phase.data) for phase in recipe.phases if phase.data}
    return recipe.override({"data": full_name(recipe.data), **found})


def files_of_task(recipe: Recipe, called: Callable[[Path], str]) -> dict[str, Any]:
    """The settings of the recipe's task that are existing files, or lists with some, each called anew.

    Args:
        recipe: whose task.
        called: path of a file -> its new name.

    Returns:
        Path of a setting -> its value, as `Recipe.override` takes them.
    """

    def anew(one: str) -> str:
        return called(Path(one)) if one and Path(one).is_file() else one

    found: dict[str, Any] = {}
    for name, value in vars(recipe.task).items():
        if isinstance(value, str):
            found[f"task.{name}"] = anew(value)
        elif isinstance(value, tuple) and value and all(isinstance(one, str) for one in value):
            found[f"task.{name}"] = [anew(one) for one in value]
    return found


def build_model(recipe: Recipe, spec, precision: str = "float32", trained: bool = False) -> keras.Model:
    """The recipe's model for data of this specification, with fresh weights.

    Args:
        recipe: whose model.
        spec: of the data.
        precision: a Keras dtype policy; weights are float32 in all of them.
        trained: whether its weights come from a checkpoint, and those that a builder takes from elsewhere (its argument
            `weights`) are not needed.

    Raises:
        ZooError: the builder refuses its arguments.
    """
    of_the_data = recipe.task.model_args(spec)
    for name in of_the_data.keys() & recipe.model_args.keys():
        raise ZooError(f"model_args.{name} cannot be set", f"it is derived from the data: {short(of_the_data[name])}")
    arguments = {**of_the_data, **recipe.model_args}
    if trained and "weights" in arguments:
        arguments["weights"] = None
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        return recipe.model(**arguments)
    except (ValueError, TypeError) as error:
        given = ", ".join(f"{name}={short(value)}" for name, value in arguments.items())
        reason = str(error).strip().split("\n")[0]
        raise ZooError(f"{recipe.name} cannot be built with {given}: {reason}") from error
    finally:
        keras.config.set_dtype_policy(before)


def choose_trainable(model: keras.Model, phase: Phase):
    """Freezes every top-level layer of the model that the phase does not train."""
    for pattern in phase.train:
        if not any(fnmatch.fnmatch(layer.name, pattern) for layer in model.layers):
            names = [layer.name for layer in model.layers]
            raise ZooError(f"no layer matches {pattern!r} of phase {phase.name!r}", nearest(pattern, names))
    trained = [any(fnmatch.fnmatch(layer.name, pattern) for pattern in phase.train) for layer in model.layers]
    # The frozen ones last: one that stands in another, too, stays frozen.
    for trainable, layer in sorted(zip(trained, model.layers, strict=True), key=lambda pair: not pair[0]):
        layer.trainable = trainable


def compile_for(phase: Phase, run, model: keras.Model, feed):
    """Freezes layers and compiles the model for a phase.

    Args:
        phase: which begins.
        run: with its model at hand.
        model: which the phase fits: the run's, or what stands behind a layer whose output is cached. One whose loss
            changes as it learns has `begin_phase(steps)`, and is told how many steps are ahead.
        feed: what on.
    """
    choose_trainable(run.model, phase)
    if hasattr(model, "begin_phase"):
        model.begin_phase(phase.epochs * feed.steps)
    arguments = run.recipe.task.compile_args(run.spec)
    if feed.class_shares is not None:
        arguments["loss"] = LogitAdjusted(arguments["loss"], feed.class_shares)
    # TensorFlow's mirrored strategy runs one step at a time.
    together = run.recipe.steps_per_execution if run.settings["devices"] == 1 else 1
    model.compile(
        optimizer=build_optimizer(phase.optimizer, phase.epochs * feed.steps, model),
        steps_per_execution=min(together, feed.steps),
        jit_compile=run.settings["jit"],
        **arguments,
    )
    model.optimizer.build(model.trainable_variables)


def build_optimizer(optimizer: Optimizer, steps: int, model: keras.Model) -> keras.Optimizer:
    """The Keras optimizer for a phase of this many steps.

    Raises:
        ZooError: of a model whose parts have rates of their own, a weight belongs to no part or to several.
    """
    if not optimizer.rates:
        return _optimizer(optimizer, steps, optimizer.learning_rate, "optimizer")
    parts = {
        pattern: _optimizer(optimizer, steps, factor * optimizer.learning_rate, f"optimizer_{number}")
        for number, (pattern, factor) in enumerate(optimizer.rates.items())
    }
    of_layer, owners = {}, {}
    for layer in model.layers:
        for variable in layer.trainable_variables:
            of_layer[id(variable)] = layer.name
    for variable in model.trainable_variables:  # Keras would give what no pattern names to a default, silently
        owner = of_layer.get(id(variable), variable.path)
        found = [pattern for pattern in parts if fnmatch.fnmatch(owner, pattern)]
        if len(found) != 1:
            said = f"{variable.path} matches {len(found)} of the patterns in rates ({', '.join(parts)}), not one"
            raise ZooError(said, f"the model's parts are {', '.join(dict.fromkeys(of_layer.values()))}")
        owners[id(variable)] = parts[found[0]]
    return keras.optimizers.MultiOptimizer(lambda variable: owners[id(variable)], name="optimizer")


def _optimizer(optimizer: Optimizer, steps: int, rate: float, name: str) -> keras.Optimizer:
    if optimizer.schedule != "constant" or optimizer.warmup:
        rate = WarmupAndDecay(rate, steps, optimizer.schedule, optimizer.warmup)
    arguments = {"learning_rate": rate, "global_clipnorm": optimizer.clip_norm, "name": name}
    if optimizer.name in ("adam", "adamw"):
        arguments |= {"beta_1": optimizer.beta_1, "beta_2": optimizer.beta_2}
    if optimizer.name == "adamw" or optimizer.weight_decay:
        arguments["weight_decay"] = optimizer.weight_decay
    if optimizer.ema_momentum:
        # The average begins with the first step's weights: of those, exp(-5) or less shall be left at the end.
        arguments |= {"use_ema": True, "ema_momentum": min(optimizer.ema_momentum, max(0.0, 1 - 5 / steps))}
    if optimizer.name == "sgd":
        arguments |= {"momentum": optimizer.momentum, "nesterov": optimizer.momentum > 0}
    classes = {
        "adagrad": Adagrad,
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "rmsprop": keras.optimizers.RMSprop,
        "sgd": keras.optimizers.SGD,
    }
    built = classes[optimizer.name](**arguments)
    built.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    return built


@keras.saving.register_keras_serializable("zoo865")
class WarmupAndDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises linearly, then stays or falls to zero.

    Args:
        peak: the highest learning rate.
        steps: of the whole schedule.
        shape: "constant", "linear" or "cosine" (Loshchilov and Hutter 2017, without restarts).
        warmup: share of the steps in which the rate rises.
    """

    def __init__(self, peak: float, steps: int, shape: str = "cosine", warmup: float = 0.0):
        self.peak, self.steps, self.shape, self.warmup = peak, steps, shape, warmup

    def __call__(self, step):
        """The rate of step 0, 1, ... as a float32 scalar."""
        rising = max(1.0, self.warmup * self.steps)
        step = ops.cast(step, "float32")
        done = ops.clip((step - rising) / max(1.0, self.steps - rising), 0.0, 1.0)
        falls = {"constant": 1.0, "linear": 1.0 - done, "cosine": 0.5 + 0.5 * ops.cos(math.pi * done)}
        risen = ops.minimum(1.0, (step + 1.0) / rising) if self.warmup else 1.0
        return self.peak * risen * falls[self.shape]

    def get_config(self):
        """The arguments."""
        return {"peak": self.peak, "steps": self.steps, "shape": self.shape, "warmup": self.warmup}
