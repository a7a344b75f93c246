"""A recipe: all that is needed to train one system, as plain data.

A recipe holds names, numbers and small frozen dataclasses, no live Keras object: it can be printed, compared, stored
as JSON and read again, and every setting in it can be overridden by its path (`model_args.width=64`).
"""

import dataclasses
import inspect
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from zoo865.errors import ZooError, nearest
from zoo865.old_names import accepting_old_settings
from zoo865.registry import find, mark, name_of, own_name, reference, resolve_reference
from zoo865.settings import checked_arguments, fit_fields, rebuilt, replaced
from zoo865.user_code import import_file

if TYPE_CHECKING:
    from zoo865.batches.feed import Batches
    from zoo865.tasks.task import Task
else:  # settings are checked by the annotations as they run, and a recipe imports neither
    Batches = Task = object

OPTIMIZERS = ("adagrad", "adam", "adamw", "rmsprop", "sgd")
SCHEDULES = ("constant", "cosine", "linear")
FIXED = ("name", "summary", "file", "backends", "tiny", "model")  # what a recipe is, and no setting of it


@accepting_old_settings
@dataclass(frozen=True)
class Optimizer:
    """Optimizer settings. The loop builds the Keras optimizer, since only it knows the number of steps.

    Args:
        name: "adagrad", "adam", "adamw", "rmsprop" or "sgd".
        learning_rate: the highest learning rate.
        schedule: "constant", "cosine" or "linear" (both fall to zero over the phase).
        warmup: share of the phase's steps in which the rate rises linearly to `learning_rate`.
        weight_decay: decoupled weight decay (Loshchilov and Hutter 2019); kernels only, no bias and no scale.
        clip_norm: bound on the norm of all gradients together, or None.
        beta_1, beta_2: share of itself that Adam's mean of past gradients, and of their squares, keeps in every step.
        rates: where parts of a model learn at rates of their own, the pattern of each part's name ("generator") and the
            factor on `learning_rate`; every weight must belong to one part. {} is one rate for all.
        ema_momentum: momentum of an exponential moving average (EMA) of the weights; it is measured, kept and exported
            (Polyak and Juditsky 1992). 0.999 looks back over about 1,000 steps, but never over more than a fifth of
            the phase's, since it begins with untrained weights. 0: no average.
        momentum: of "sgd", Nesterov's; 0 is plain gradient descent.

    Raises:
        ZooError: an unknown name, or a number out of its range.

    Example:
        >>> Optimizer("adamw", learning_rate=1e-3, schedule="cosine", weight_decay=0.05).schedule
        'cosine'
    """

    name: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    warmup: float = 0.0
    weight_decay: float = 0.0
    clip_norm: float | None = None
    beta_1: float = 0.9
    beta_2: float = 0.999
    rates: dict[str, float] = field(default_factory=dict)
    ema_momentum: float = 0.0
    momentum: float = 0.9

    def __post_init__(self):
        fit_fields(self)
        _one_of("optimizer", self.name, OPTIMIZERS)
        _one_of("schedule", self.schedule, SCHEDULES)
        _at_least("learning_rate", self.learning_rate, 0)
        _at_least("weight_decay", self.weight_decay, 0)
        for part, factor in self.rates.items():
            _at_least(f"rates.{part}", factor, 0)
        if self.rates and self.clip_norm is not None:
            raise ZooError("clip_norm clips all gradients together and excludes rates", "set only one of the two")
        if self.clip_norm is not None and not 0 < self.clip_norm < math.inf:
            raise ZooError(f"clip_norm must be above 0, not {self.clip_norm}")
        for name in ("warmup", "ema_momentum", "momentum", "beta_1", "beta_2"):
            if not 0 <= getattr(self, name) < 1:
                raise ZooError(f"{name} must be at least 0 and below 1, not {getattr(self, name)}")


@accepting_old_settings
@dataclass(frozen=True)
class Phase:
    """A stretch of training with one optimizer.

    Args:
        name: its name in the history.
        epochs: passes over the training examples.
        optimizer: its optimizer.
        train: patterns of the top-level layers that learn ("head*"), or one alone; all others are frozen.
        stop_at: the phase ends after the epoch in which the monitored measure (see zoo865/tasks) reaches it.
        patience: early stopping after so many epochs in a row without improvement; None disables it.
        cache_at: name of a layer below which nothing learns: its output is computed once for some augmented copies of
            every example and cached on disk, and the phase trains on these features. "": no cache.
        augmented_copies: how many augmented copies of each example are cached; fewer where they would fill the disk.
            Over the first phase with a cache their number grows from one to all.
        learn_validation: whether the phase trains on the validation examples, too, so that few examples are used to
            the full. From then on the validation measures keep their last value: no example is held out for new ones.
        data: name of the data that this phase learns from, of the same inputs and classes as the recipe's, which
            it is measured on all the same; "" learns from the recipe's.
        max_steps: training steps at most, rounded up to whole epochs, so that many examples are passed over fewer times
            than few; None: all epochs.

    Raises:
        ZooError: a number out of its range, or settings that exclude each other.

    Example:
        >>> phase = Phase("head", epochs=3, optimizer=Optimizer("sgd", learning_rate=0.1), train="logits")
        >>> phase.train
        ('logits',)
    """

    name: str = "train"
    epochs: int = 1
    optimizer: Optimizer = field(default_factory=Optimizer)
    train: tuple[str, ...] | str = ("*",)
    stop_at: float | None = None
    patience: int | None = None
    cache_at: str = ""
    augmented_copies: int = 8
    learn_validation: bool = False
    data: str = ""
    max_steps: int | None = None

    def __post_init__(self):
        fit_fields(self)
        if isinstance(self.train, str):
            object.__setattr__(self, "train", (self.train,))
        _at_least("epochs", self.epochs, 1)
        if self.max_steps is not None:
            _at_least("max_steps", self.max_steps, 1)
        _at_least("augmented_copies", self.augmented_copies, 1)
        if self.patience is not None:
            _at_least("patience", self.patience, 1)
        if self.data and self.cache_at:
            raise ZooError(f"phase {self.name!r} sets both data and cache_at", "set only one of the two")
        if self.data and self.learn_validation:
            raise ZooError(f"phase {self.name!r} sets both data and learn_validation", "set only one of the two")
        if not self.train:
            raise ZooError(f"phase {self.name!r} trains no layer", 'train=["*"] trains all layers')

    def why_over(self, rows, measure: str, direction: str) -> str:
        """Why the phase ends before its last epoch; "" if it continues.

        Args:
            rows: the numbers of all epochs so far, of other phases too.
            measure: the monitored measure.
            direction: "max" where more is better, or "min".
        """
        sign = 1 if direction == "max" else -1
        values = [sign * row[measure] for row in rows if row["phase"] == self.name]
        if values and self.stop_at is not None and values[-1] >= sign * self.stop_at:
            return f"{measure} reached its goal of {self.stop_at:g}"
        if values and self.patience is not None and len(values) - values.index(max(values)) > self.patience:
            return f"{measure} has not improved for {self.patience} epochs"
        return ""


@dataclass(frozen=True)
class Recipe:
    """All that is needed to train one system.

    Args:
        task: what the trained model is for (see zoo865/tasks).
        data: name of a data set, or a folder.
        model: the builder, a function with keyword arguments only that returns a `keras.Model`. An argument `weights`
            names what it begins with; when a trained model is built again it is None.
        batches: what the model sees (see zoo865/batches).
        batch_size: examples in one training step.
        phases: stretches of training, in order; or the only one.
        model_args: arguments of the builder beyond those that the task derives from the data.
        data_args: how the data are fitted to the model (arguments of `zoo865.load_data`).
        keep: whose weights a run keeps: those of the "best" epoch, by the measure that decides (see zoo865/tasks), or
            of the "last": where a dozen validation examples would decide, they choose by chance.
        steps_per_execution: training steps in one call of the compiled train function.
        backends: the Keras backends that the system runs on.
        tiny: settings (as for `override`) that make the smallest honest form: seconds on a laptop, for tests.
        init_from: a system, or the path of a run, whose weights training begins with, unless `train` is given another;
            of a system its newest run here, or else what is published. "" begins anew.
        name, summary: filled in by `@recipe` from the function's name and docstring.
        file: filled in too where the function stands in a user's own file: what else it does, as registering an
            environment, a run that is opened again needs.

    Raises:
        ZooError: a part of another kind, a number out of its range, or no phase.

    Example:
        >>> digits = zoo865.get_recipe("mnist_cnn")
        >>> digits.batch_size, digits.model_args["width"], [phase.epochs for phase in digits.phases]
        (128, 32, [20])
    """

    task: Task
    data: str
    model: Callable
    batches: Batches
    batch_size: int
    phases: tuple[Phase, ...]
    model_args: dict = field(default_factory=dict)
    data_args: dict = field(default_factory=dict)
    keep: str = "best"
    steps_per_execution: int = 16
    backends: tuple[str, ...] = ("tensorflow", "jax")
    tiny: dict = field(default_factory=dict)
    name: str = ""
    summary: str = ""
    file: str = ""
    init_from: str = ""

    def __post_init__(self):
        reference(self.model)  # refuses what a run could not find again
        for kind in ("task", "batches"):
            if not dataclasses.is_dataclass(part := getattr(self, kind)) or isinstance(part, type):
                raise ZooError(f"a recipe's {kind} must be a frozen dataclass, not {part!r}", f"{kind}=NAME()")
        if isinstance(self.phases, Phase):
            object.__setattr__(self, "phases", (self.phases,))
        if not self.phases:
            raise ZooError("a recipe needs at least one phase", "phases=(Phase(),)")
        fit_fields(self, fixed=("model",))
        _one_of("value of keep", self.keep, ("best", "last"))
        _at_least("batch_size", self.batch_size, 1)
        _at_least("steps_per_execution", self.steps_per_execution, 1)
        object.__setattr__(self, "model_args", checked_arguments(self.model, self.model_args, "model_args"))

    @property
    def learning_validation(self) -> set[str]:
        """The names of the phases that train on the validation examples."""
        return {phase.name for phase in self.phases if phase.learn_validation}

    def override(self, settings: Mapping) -> "Recipe":
        """This recipe with some settings changed.

        Args:
            settings: path -> value, e.g. `{"batch_size": 64, "model_args.width": 16, "epochs": 3,
                "phases.train.optimizer.learning_rate": 1e-3}`. "epochs" stands for the epochs of every phase, however
                many steps they have.

        Returns:
            A new recipe; this one stays as it is.

        Raises:
            ZooError: unknown setting (the nearest are offered), or a value of the wrong kind.

        Example:
            >>> changed = zoo865.get_recipe("mnist_cnn").override({"epochs": 3, "model_args.width": 16})
            >>> changed.phases[0].epochs, changed.model_args["width"]
            (3, 16)
        """
        changed = self
        for path, value in settings.items():
            names = [f"phases.{phase.name}.epochs" for phase in self.phases] if path == "epochs" else [path]
            for name in names:
                changed = replaced(changed, name.split("."), value, path, fixed=FIXED)
            if path == "epochs":
                phases = tuple(dataclasses.replace(phase, max_steps=None) for phase in changed.phases)
                changed = dataclasses.replace(changed, phases=phases)
        return changed

    def within_max_steps(self, steps: int) -> "Recipe":
        """This recipe with as many epochs as the `max_steps` of its phases allow.

        Args:
            steps: training steps in an epoch.

        Returns:
            A new recipe; this one stays as it is.

        Example:
            >>> recipe = zoo865.get_recipe("mnist_cnn").override({"phases.train.max_steps": 1000})
            >>> recipe.within_max_steps(400).phases[0].epochs, recipe.within_max_steps(10).phases[0].epochs
            (3, 20)
        """
        phases = tuple(
            phase
            if phase.max_steps is None
            else dataclasses.replace(phase, epochs=min(phase.epochs, math.ceil(phase.max_steps / steps)))
            for phase in self.phases
        )
        return dataclasses.replace(self, phases=phases)

    def smallest(self) -> "Recipe":
        """The `tiny` form of this recipe.

        Returns:
            A new recipe.

        Example:
            >>> zoo865.get_recipe("mnist_cnn").smallest().data
            'generated_digits'
        """
        return self.override(self.tiny)

    def to_json(self) -> dict:
        """This recipe as a JSON document; `Recipe.from_json` reads it again.

        Returns:
            Dictionaries, lists, texts and numbers alone.

        Example:
            >>> document = zoo865.get_recipe("mnist_cnn").to_json()
            >>> document["model"]
            'mnist_cnn:build_mnist_cnn'
        """
        document = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        document["task"] = part_to_json("task", self.task)
        document["batches"] = part_to_json("batches", self.batches)
        document["model"] = reference(self.model)
        document["phases"] = [dataclasses.asdict(phase) for phase in self.phases]
        if not self.file:
            del document["file"]
        return json.loads(json.dumps(document))

    @classmethod
    def from_json(cls, document: Mapping) -> "Recipe":
        """The recipe that `to_json` wrote. It imports the files that hold it, its model, task and batches.

        Args:
            document: what `to_json` wrote, also of an earlier version.

        Returns:
            The recipe.

        Raises:
            ZooError: its model, task or batches are not found.

        Example:
            >>> digits = zoo865.get_recipe("mnist_cnn")
            >>> zoo865.Recipe.from_json(digits.to_json()) == digits
            True
        """
        arguments = dict(document)
        if Path(arguments.get("file", "")).is_file():
            import_file(arguments["file"])
        arguments["task"] = part_from_json("task", document["task"])
        arguments["batches"] = part_from_json("batches", document["batches"])
        arguments["model"] = resolve_reference(document["model"])
        arguments["phases"] = tuple(rebuilt(Phase, phase) for phase in document["phases"])
        return cls(**arguments)


def recipe(function: Callable[..., Recipe] | None = None) -> Callable[[], Recipe]:
    """Marks a function without arguments as a recipe: its name names the system, its docstring sums it up.

    Args:
        function: without arguments, or with defaults for all; it returns a `Recipe`.

    Returns:
        A function of the same name that returns the recipe with its name and summary filled in.

    Raises:
        ZooError: the decorator is called; later, the function does not return a recipe.

    Example:
        >>> @recipe
        ... def narrow_cnn():
        ...     '''mnist_cnn at an eighth of its width.'''
        ...     return zoo865.get_recipe("mnist_cnn").override({"model_args.width": 4})
        >>> narrow_cnn().name, narrow_cnn().summary
        ('narrow_cnn', 'mnist_cnn at an eighth of its width.')
    """
    written: Callable[..., Recipe] = mark("recipe", function)

    def named() -> Recipe:
        if any(part.default is part.empty for part in inspect.signature(written).parameters.values()):
            raise ZooError(f"recipe {written.__name__} has required arguments", "give them default values")
        if not isinstance(made := written(), Recipe):
            said = f"recipe {written.__name__} returns {type(made).__name__}, not Recipe"
            raise ZooError(said, "end it with: return Recipe(...)")
        summary = (inspect.getdoc(written) or "").split("\n")[0]
        file = written.__module__ if written.__module__.endswith(".py") else ""
        made = dataclasses.replace(made, name=written.__name__, summary=summary, file=file)
        if not file:
            return made
        # A data set's short name means that of the same file, whatever other files were imported since.
        phases = tuple(dataclasses.replace(phase, data=own_name("dataset", phase.data, file)) for phase in made.phases)
        return dataclasses.replace(made, data=own_name("dataset", made.data, file), phases=phases)

    named.__name__, named.__doc__, named.__module__ = written.__name__, written.__doc__, written.__module__
    return mark("recipe", named)


def part_to_json(kind: str, part) -> dict:
    """A task or a way to feed training as a JSON document: the name it is registered by, and its settings."""
    return {"kind": name_of(kind, type(part)), **dataclasses.asdict(part)}


def part_from_json(kind: str, document: Mapping) -> object:
    """What `part_to_json` wrote; also as it was written before names were registered ("class": "module:Name").

    Raises:
        ZooError: nothing of this kind is registered by that name.
    """
    arguments = dict(document)
    if "class" in arguments:
        module, _, name = arguments.pop("class").rpartition(":")
        arguments["kind"] = name if module.startswith("zoo865.") else f"{module}:{name}"
    return rebuilt(find(kind, arguments.pop("kind")), arguments)


def _one_of(what, value, known):
    if value not in known:
        raise ZooError(f"unknown {what} {value!r}", nearest(str(value), known))


def _at_least(what, value, bound):
    if not bound <= value < math.inf:
        raise ZooError(f"{what} must be at least {bound}, not {value}")
