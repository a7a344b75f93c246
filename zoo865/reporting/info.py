"""What there is to know about a system before it is trained."""

import inspect

from zoo865.catalogue import find
from zoo865.data.spec import Spec
from zoo865.settings import flat
from zoo865.training.build import build_model
from zoo865.training.published import Published


def describe(name: str) -> dict:
    """A system's recipe, layers and size, without its data.

    The model is built for the shape that the recipe asks of its data, with ten classes.

    Args:
        name: of the system, or FILE.py:NAME.

    Returns:
        name, summary, about (its file's text), file, settings (path -> value), layers (name, output, parameters),
        parameters; of a published model also "published": its path and its card.
    """
    recipe = find(name)
    shape = tuple(recipe.data_args.get("image_shape", (28, 28, 1)))
    model = build_model(recipe, Spec({"image": (shape, "uint8")}, tuple("0123456789")))
    layers = [
        {
            "name": layer.name,
            "output": str(getattr(getattr(layer, "output", None), "shape", "")),
            "parameters": layer.count_params(),
        }
        for layer in model.layers
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
