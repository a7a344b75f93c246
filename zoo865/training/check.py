"""What would fail only in the middle of training fails before anything is written."""

from zoo865.batches.cached import rest_of
from zoo865.errors import ZooError
from zoo865.recipe import Recipe
from zoo865.training.build import build_optimizer, choose_trainable
from zoo865.training.feeds import Feeds


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
    for phase in recipe.phases:
        feed = feeds.of(phase)
        choose_trainable(model, phase)
        rest = rest_of(model, phase.cache_at) if phase.cache_at else model
        build_optimizer(phase.optimizer, 1, rest)
        learned |= {id(weight): weight.path for weight in model.trainable_weights}
        if below := learned.keys() - {id(weight) for weight in rest.weights}:
            said = f"phase {phase.name!r} caches the output of {phase.cache_at!r}, but {learned[below.pop()]} learns"
            raise ZooError(said, f"no cache: phases.{phase.name}.cache_at=")
    recipe.task.protocol(model, data)
    if "loss" in recipe.task.compile_args(data.spec) and len(feed.dataset.element_spec) < 2:
        task, batches = type(recipe.task).__name__, type(recipe.batches).__name__
        raise ZooError(f"{task} needs labels and {batches} gives none", "--set batches.label=true")
    if feed.batch_size % devices:
        raise ZooError(f"a batch of {feed.batch_size} is not to be shared among {devices} devices", "--batch-size")
