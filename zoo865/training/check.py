"""What would fail only in the middle of training, or after it, fails before anything is written."""

import dataclasses
import fnmatch

from zoo865.batches.cached import rest_of
from zoo865.errors import ZooError
from zoo865.recipe import Recipe
from zoo865.training.build import build_optimizer, choose_trainable
from zoo865.training.feeds import Feeds

FIELDS = "annotate each field of the task and batches dataclasses with its type, nested dataclasses with their class"


def check_recipe(recipe: Recipe):
    """Raises ZooError where a run of the recipe could not read it again, or could not tell its phases apart."""
    names = [phase.name for phase in recipe.phases]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ZooError(f"two phases are named {twice[0]!r}", "give each phase its own name")
    _check_learned_validation(recipe)
    try:
        again = Recipe.from_json(recipe.to_json())
    except ZooError:
        raise
    except Exception as error:  # a user's own dataclass may raise whatever it likes at what it was not made for
        said = f"{recipe.name} cannot be restored from a run's settings: {type(error).__name__}: {error}"
        raise ZooError(said, FIELDS) from error
    for name in (field.name for field in dataclasses.fields(recipe)):
        if (now := getattr(again, name)) != (before := getattr(recipe, name)):
            raise ZooError(f"the {name} {before!r} is restored from a run's settings as {now!r}", FIELDS)


def _check_learned_validation(recipe: Recipe):
    """Raises ZooError where validation examples that are trained on would also be evaluated on."""
    learned = False
    for phase in recipe.phases:
        wrong = ""
        if phase.learn_validation:
            learned = True
            if recipe.keep == "best":
                wrong = "which also choose the weights to keep (keep=last chooses none)"
            elif phase.patience is not None or phase.stop_at is not None:
                wrong = "which also decide when it ends (patience, stop_at)"
            elif phase == recipe.phases[0]:
                wrong = "and no earlier phase has measured the model"
        elif learned:
            wrong = "so later phases cannot be measured on them; make it the last phase"
        if wrong:
            name = next(one.name for one in recipe.phases if one.learn_validation)
            raise ZooError(
                f"phase {name!r} trains on the validation examples, {wrong}", f"phases.{name}.learn_validation=false"
            )


def check_before(recipe: Recipe, model, feeds: Feeds, data, devices: int):
    """Raises ZooError where a phase, the batches or the task do not fit the model or its data.

    Args:
        recipe: as resolved.
        model: as built.
        feeds: of its phases; those are opened here.
        data: the recipe's own.
        devices: among how many every batch is shared.
    """
    learned = {}
    if data.environment and (names := sorted(recipe.learning_validation)):
        wrong = f"phase {names[0]!r} is to train on validation examples, and {data.name} is an environment without any"
        raise ZooError(wrong, f"phases.{names[0]}.learn_validation=false")
    _check_frozen(recipe, model)
    for phase in recipe.phases:
        feed = feeds.of(phase)
        choose_trainable(model, phase)
        rest = rest_of(model, phase.cache_at) if phase.cache_at else model
        build_optimizer(phase.optimizer, 1, rest)
        learned |= {id(weight): weight.path for weight in model.trainable_weights}
        if below := learned.keys() - {id(weight) for weight in rest.weights}:
            said = (
                f"phase {phase.name!r} caches the output of {phase.cache_at!r}, but {learned[below.pop()]} is trained"
            )
            raise ZooError(said, f"disable the cache: phases.{phase.name}.cache_at=")
    recipe.task.protocol(model, data)
    if "loss" in recipe.task.compile_args(data.spec) and len(feed.dataset.element_spec) < 2:
        task, batches = type(recipe.task).__name__, type(recipe.batches).__name__
        raise ZooError(f"{task} needs labels, but {batches} gives none", "--set batches.label=true")
    if feed.batch_size % devices:
        raise ZooError(
            f"batch_size {feed.batch_size} is not a multiple of the {devices} devices", "change it: --batch-size"
        )


def _check_frozen(recipe: Recipe, model):
    """Raises ZooError where a phase trains what the builder froze: it would undo that without a word."""
    frozen = [layer.name for layer in model.layers if layer.weights and not layer.trainable]
    for phase in recipe.phases:
        if both := [name for name in frozen if any(fnmatch.fnmatch(name, pattern) for pattern in phase.train)]:
            wrong = f"{model.name} is built with {both[0]!r} frozen, but phase {phase.name!r} trains it"
            raise ZooError(wrong, "name the layers that learn in the phase's train, or build it with trainable=True")
