"""`augment`: how strongly images can be augmented before they lose their labels."""

import contextlib
import os
import time
from typing import Any

import numpy as np

from zoo865.batches.augment import CHANGES, at_strength, policy_of
from zoo865.data.load import full_name, load_data
from zoo865.data.statistics import spread
from zoo865.errors import ZooError, nearest
from zoo865.files import write_text
from zoo865.preprocessing import prepared
from zoo865.registry import get_recipe
from zoo865.reporting.page import in_page, in_page_svg, page_of, page_path, png, sized, svg
from zoo865.tasks.image_classification import ImageClassification
from zoo865.training.evaluate import fitted_data
from zoo865.training.loop import train
from zoo865.training.published import Published, find_trained
from zoo865.training.run import RUNS, Run
from zoo865.visualize.curves import strength_curves

STUDIES = RUNS / "augment"  # apart from the runs that answer for a name
IMAGES = 2000  # of the validation images, at most so many are looked at
STEPS = 13  # strengths from none to the strongest
SHOWN = 5  # strengths in a row of pictures
ROWS = 6  # classes in a grid of pictures
PIXELS = 120  # of a picture's longer side


def measure_augmentation_tolerance(
    data: str = "mnist",
    *,
    policy: str | None = None,
    model: Run | Published | str | os.PathLike | None = None,
    out: str | os.PathLike = "augment.html",
    **strengths: float,
) -> dict[str, Any]:
    """Measures how augmentations affect labels, and writes a page that shows it.

    A model trained without augmentation classifies validation images before and after a change. A label is lost if the
    prediction was right before the change and wrong after it. A person may still recognize what the model no longer
    does: the shares are conservative.

    Args:
        data: name of a data set, or a folder.
        policy: the augmentation policy; None takes "digits" for grey images and "photos" for coloured ones.
        model: a trained system, as `find_trained` finds it; None takes the policy's, and trains it under runs/augment/
            if there is none.
        out: the page.
        strengths: name of a change -> its greatest strength, in place of the policy's changes: `rotation=180`.

    Returns:
        {"page", "model", "data", "images", "policy", "bound", "changes": {name: {"unit", "policy", "strengths", "lost",
        "lost_of_class": {class: [...]}, "bears"}}}: shares from 0 to 1, of the strengths beside them, mean of both ways
        where a change has two; "bears" is the strength up to which at most `bound` is lost.

    Raises:
        ZooError: unknown change, a strength out of range, or a model that was trained with augmentation.

    Example:
        >>> plain = zoo865.train(tiny, run_dir="runs/plain")
        >>> found = zoo865.measure_augmentation_tolerance("generated_digits", model=plain, flip=1)
        >>> found["images"], list(found["changes"]), 0 <= found["changes"]["flip"]["lost"][-1] <= 1
        (200, ['flip'], True)
    """
    out = page_path(out, "augment.html")
    for name, strength in strengths.items():
        if name not in CHANGES:
            raise ZooError(f"unknown augmentation {name!r}", nearest(name, CHANGES))
        if not 0 < strength <= CHANGES[name].strongest:
            most = f"{CHANGES[name].strongest} {CHANGES[name].unit}"
            raise ZooError(f"{name} must be above 0 and at most {most}, not {strength:g}")
    channels = load_data(data).spec.image.shape[2]
    policy = policy or ("photos" if channels == 3 else "digits")
    chosen = policy_of(policy)
    known = {name: CHANGES[name].strongest for name in chosen.changes if channels == 3 or not CHANGES[name].colours}
    trained = _trained(data, chosen.system, model)
    asked = fitted_data(trained, data)
    examples = spread(asked.validation, IMAGES)
    examples = {"image": prepared(asked.spec, examples), "label": examples["label"]}
    found = {
        "page": str(out),
        "model": str(trained.path),
        "data": asked.name,
        "images": len(examples["image"]),
        "policy": policy,
        "bound": chosen.bound,
        "changes": {},
    }
    sections = []
    for name, strongest in (strengths or known).items():
        measured, pictures = measure(trained, examples, name, strongest, chosen)
        found["changes"][name] = measured
        sections.append(_section(name, measured, pictures, chosen.bound))
    write_text(out, page_of("augment.html.jinja", found=found, sections=sections, about=asked.about))
    return found


def measure(trained, examples, name: str, strongest: float, policy) -> tuple[dict, dict]:
    """Measures what one change does to the labels of examples, and makes its pictures.

    Args:
        trained: the Run or Published that classifies.
        examples: {"image": as the model sees them, "label"}.
        name: the name of the change.
        strongest: the greatest strength measured.
        policy: the policy that gives `bound` and `fill_mode`.
    """
    change, names, labels = CHANGES[name], trained.spec.class_names, examples["label"]
    strengths = [0.0, *np.linspace(0, strongest, STEPS)[1:]] if change.gradual else [0.0, strongest]
    answers = [_answers(trained.model, examples["image"], name, 0.0, policy.fill_mode)]
    lost = [np.zeros(len(labels))]
    for strength in strengths[1:]:
        ways = [
            _answers(trained.model, examples["image"], name, way * strength, policy.fill_mode)
            for way in ((1, -1) if change.both_ways else (1,))
        ]
        answers.append(ways[0])
        lost.append(np.mean([(answers[0] == labels) & (way != labels) for way in ways], 0))
    shares = np.mean(lost, 1)
    of_class = {names[label]: [float(s[labels == label].mean()) for s in lost] for label in np.unique(labels)}
    measured = {
        "unit": change.unit,
        "policy": policy.changes.get(name),
        "strengths": [float(strength) for strength in strengths],
        "lost": shares.tolist(),
        "lost_of_class": of_class,
        "bears": borne(strengths, shares, policy.bound),
    }
    return measured, _pictures(examples, names, name, strengths, answers, lost[-1], policy)


def borne(strengths, lost, bound: float) -> float:
    """The strength up to which at most `bound` is lost, between two strengths on the line that joins them."""
    beyond = np.flatnonzero(np.asarray(lost) > bound)
    if not len(beyond):
        return float(strengths[-1])
    last = beyond[0]
    return float(np.interp(bound, lost[last - 1 : last + 1], strengths[last - 1 : last + 1]))


def _trained(data: str, system: str, model):
    """The model that classifies: as named, or the policy's system as it stands here for these data, or trained now."""
    if model is not None:
        trained = find_trained(model)
        if not isinstance(trained.recipe.task, ImageClassification):
            raise ZooError(f"{trained.path} is not an image classifier", "choose an image classifier: --model RUN")
        if getattr(trained.recipe.batches, "augment", "none") != "none":
            wrong = f"{trained.path} was trained with augmentation; its effect is measured with a model trained without"
            raise ZooError(wrong, "train one with --set batches.augment=none")
        if load_data(data).spec.class_names != trained.spec.class_names:
            raise ZooError(f"{data} has other classes than {trained.path} was trained on")
        return trained
    for trained in (*_of_name(system), *map(Run, sorted(STUDIES.glob(f"{system}-*"), reverse=True))):
        with contextlib.suppress(ZooError):  # another program's, or of one that was broken off
            there = trained.recipe
            if trained.metrics and (there.data, there.batches.augment) == (full_name(data), "none"):
                return trained
    recipe = get_recipe(system).override({"data": data, "batches.augment": "none"})
    return train(recipe, run_dir=STUDIES / f"{system}-{time.strftime('%Y%m%d-%H%M%S')}")


def _of_name(system: str) -> list:
    """The trained system behind a name, where there is one."""
    with contextlib.suppress(ZooError):
        return [find_trained(system)]
    return []


def _answers(model, images, name, strength, fill_mode) -> np.ndarray:
    """The label that a model predicts for each changed image, (images,)."""
    changed = at_strength(images, name, strength, fill_mode)
    return np.concatenate([np.argmax(model.predict_on_batch(batch), -1) for batch in changed])


def _pictures(examples, names, name, strengths, answers, lost, policy):
    """One image of each of the classes that lose most, at a few strengths, with the predictions."""
    labels, right = examples["label"], answers[0] == examples["label"]
    shares = {label: lost[labels == label].mean() for label in np.unique(labels)}
    rows = sorted(sorted(shares, key=shares.__getitem__)[-ROWS:])
    # Of each class the first image that is lost at the end, or else the first that was right before.
    chosen = [int(np.argmax((labels == label) * (2.0 * (lost > 0) + right))) for label in rows]
    columns = np.unique(np.linspace(0, len(strengths) - 1, SHOWN).astype(int))
    changed = [next(at_strength(examples["image"][chosen], name, strengths[c], policy.fill_mode)) for c in columns]
    said = [f"{strengths[c]:.3g}: {names[answers[c][i]]}" for i in chosen for c in columns]
    images = [changed[place][row] for row in range(len(rows)) for place in range(len(columns))]
    files = [in_page(png(sized(image, PIXELS))) for image in images]
    return {"shown": list(zip(files, said, strict=True)), "columns": len(columns)}


def _section(name: str, measured: dict, pictures, bound: float) -> dict:
    """What the page shows of one change."""
    strengths, of_class = measured["strengths"], measured["lost_of_class"]
    chart = strength_curves(
        strengths, measured["lost"], of_class, f"{name}, {measured['unit']}", measured["policy"], bound
    )
    within = "" if measured["policy"] is None else f"The augmentation policy uses up to {measured['policy']:g}. "
    table = {
        "class": list(of_class),
        f"lost at {strengths[-1]:.3g}": [f"{lost[-1]:.1%}" for lost in of_class.values()],
        f"strongest, {bound:.0%} lost": [f"{borne(strengths, lost, bound):.3g}" for lost in of_class.values()],
    }
    return {
        "title": name.capitalize(),
        "caption": f"{within}Up to {measured['bears']:.3g} {measured['unit']}, at most {bound:.0%} of labels are lost.",
        "chart": in_page_svg(svg(chart, name), f"{name}: labels lost by strength"),
        "pictures": pictures,
        "table": table,
    }
