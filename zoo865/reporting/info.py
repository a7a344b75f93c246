"""What there is to know about a system before it is trained."""

import inspect

from zoo865.agents import environments
from zoo865.agents.policy import play_by_chance
from zoo865.data.features import Observation
from zoo865.data.load import spec_before_loading
from zoo865.data.spec import Spec
from zoo865.registry import get_recipe
from zoo865.settings import flat
from zoo865.training.build import build_model, load
from zoo865.training.published import Published


def describe(name: str) -> dict:
    """A system's recipe, layers and size, without its data.

    The model is built for what is known of its data before they are there: of a folder the shape of images that the
    recipe asks for, and two classes. Where nothing is known, the data are loaded.

    Args:
        name: of the system, or FILE.py:NAME.

    Returns:
        name, summary, about (its file's text), file, settings (path -> value), layers (name, output, parameters),
        parameters; of a published model also "published": its path and its card.
    """
    recipe = get_recipe(name)
    model = build_model(recipe, _spec(recipe), trained=True)  # its shapes alone: no weights are fetched
    layers = [
        {
            "name": layer.name,
            "output": str(getattr(getattr(layer, "output", None), "shape", "")),
            "parameters": layer.count_params(),
        }
        for layer in getattr(model, "network", model).layers
    ]
    published = Published.find(recipe.name)
    settings = {k: v for k, v in flat(recipe.to_json()).items() if not k.startswith(("name", "summary", "tiny"))}
    return {
        "name": recipe.name,
        "summary": recipe.summary,
        "about": inspect.getdoc(inspect.getmodule(recipe.model)) or "",
        "file": inspect.getsourcefile(recipe.model),
        "settings": settings,
        "layers": layers,
        "parameters": model.count_params(),
        **({"published": {"path": str(published.path), "card": published.card}} if published else {}),
    }


def describe_environment(name: str) -> dict:
    """What an agent meets in an environment.

    Args:
        name: of the environment: "CartPole-v1".

    Returns:
        name, observation: its shape and dtype as a network sees it, parts: what the environment itself gives, in words,
        where that is not one array, actions: how many, first_action: the number of the first, most_steps: where an
        episode is broken off, or None, random_return: mean and spread of 20 episodes of random actions, advice: what
        gymnasium's own check says against it.

    Raises:
        ZooError: as `zoo865.agents.environments.make`.
    """
    made = environments.make(name)
    shape, dtype = environments.observation_of(made)
    most_steps, actions = made.envs[0].spec.max_episode_steps, int(made.single_action_space.n)
    first, parts = environments.first_action(made), environments.parts_of(made)
    made.close()
    returns, _ = play_by_chance(name)
    return {
        "name": f"gym:{name}",
        "observation": [list(shape), dtype],
        "parts": Observation(shape, dtype, parts).described(),
        "actions": actions,
        "first_action": first,
        "most_steps": most_steps,
        "random_return": {"mean": float(returns.mean()), "spread": float(returns.std())},
        "advice": environments.advice(name),
    }


def _spec(recipe) -> Spec:
    """What is known of the data before they are there, or else of the data themselves."""
    return spec_before_loading(recipe.data, **recipe.data_args) or load(recipe).spec
