"""The card of a published model: what it is, how well it does, how it was made; every number with where it is from."""

import inspect
import re
import sys
from pathlib import Path

from zoo865.data.features.text import Text
from zoo865.data.load import names_a_place
from zoo865.data.statistics import checksum
from zoo865.preprocessing.word_vectors import about_vectors
from zoo865.training.build import files_of_task
from zoo865.training.run import Run

KEPT = {
    "best": "The epoch was chosen on validation examples, separate from training and test",
    "last": "The last epoch was kept",
}
PROTOCOL = (
    "the test examples were used for the final measurement only, with a single model and without test-time "
    "augmentation. spread: standard deviation over seeds."
)


def card_of(run: Run, version: int, summary: dict) -> dict:
    """What card.json says of a run: all but the signatures, their speed, and the files.

    Args:
        run: a finished run.
        version: of the published model.
        summary: of all seeds, as `zoo865.workflow.make_seeds` gives it; of one where there was one.
    """
    recipe, settings, metrics = run.recipe, run.settings, run.metrics
    weights = recipe.model_args.get("weights")
    texts = any(isinstance(feature, Text) for feature in run.spec.inputs.values())
    return {
        "name": recipe.name,
        "version": version,
        "task": type(recipe.task).__name__,
        "summary": recipe.summary,
        "recipe": _without_places(recipe).to_json(),
        "spec": run.spec.to_json(),
        "data": {
            "name": settings["data"]["name"],
            "splits": settings["data"]["splits"],
            "about": settings["data"]["about"],
            "sha256": {name: checksum(run.data.split(name)) for name in ("train", "validation", "test")},
        },
        "metrics": {
            name: {"value": value, **summary["test"][name], "seeds": summary["seeds"]}
            for name, value in metrics["test"].items()
        },
        "protocol": f"{KEPT[recipe.keep]}; {PROTOCOL} {recipe.task.protocol(run.model, run.data)}".strip(),
        **({"word_vectors": about_vectors(weights)[1]} if weights and texts else {}),
        "compared_with": _paragraph(recipe, "Compared with"),
        "parameters": metrics["parameters"],
        "class_names": list(run.spec.class_names),
        "trained": {
            "command": settings["command"],
            "seed": settings["seed"],
            "seconds": metrics["train_seconds"],
            "precision": settings["precision"],
            "hardware": settings["hardware"],
            "versions": settings["versions"],
        },
        "references": _paragraph(recipe, "Papers"),
        "differences": _paragraph(recipe, "Differences"),
        "limits": _paragraph(recipe, "Limits"),
        "licence": "Apache-2.0",
    }


def _without_places(recipe):
    """The recipe without the paths of this machine: of a folder, and of a file, the name alone."""
    names: dict = {"data": Path(recipe.data).name} if names_a_place(recipe.data) else {}
    names |= files_of_task(recipe, lambda path: path.name)
    if weights := recipe.model_args.get("weights"):
        names["model_args.weights"] = about_vectors(weights)[0]
    return recipe.override(names)


def _paragraph(recipe, title: str) -> str:
    """The paragraph "TITLE ...: ..." of the docstring of the file that holds a recipe's model, on one line."""
    about = inspect.getdoc(sys.modules[recipe.model.__module__]) or ""
    found = re.search(rf"^{title}[^:]*:\s+(.*?)(?:\n\n|\Z)", about, re.DOTALL | re.MULTILINE)
    return " ".join(found[1].split()) if found else ""
