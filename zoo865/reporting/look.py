"""`look`: an interactive page on how a trained network classifies a picture or a text."""

import os
from collections.abc import Iterable
from typing import Any

from zoo865.errors import ZooError
from zoo865.reporting.look_picture import look_at_picture
from zoo865.reporting.look_text import look_at_text
from zoo865.reporting.page import page_path
from zoo865.tasks.image_classification import ImageClassification
from zoo865.tasks.text_classification import TextClassification
from zoo865.training.published import Published, find_trained
from zoo865.training.run import Run

EXAMPLES = 500


def look(
    name: Run | Published | str | os.PathLike,
    given: Any,
    *,
    layers: Iterable[str] | None = None,
    examples: int | None = None,
    out: str | os.PathLike = "look.html",
) -> dict[str, Any]:
    """Writes a page on what in a picture or text a trained network's answer hangs on.

    Of a picture it shows attributions, activations and the training patches that activate units most; of a text each
    word's part in the answer.

    Args:
        name: a trained classifier of images or texts, as `find_trained` finds it.
        given: a picture (a file, PIL image or array), or a text (a string, or a file NAME.txt).
        layers: of a picture: paths or names of layers with feature maps; None selects some from the first to the last.
        examples: of a picture: how many training images to search for patches that activate units, None for 500; none
            are searched if they are unavailable.
        out: the page.

    Returns:
        {"page", "model", "origin": which of that name, "notes", "answers": {class: probability}}; of a picture also
        "picture", its name, and "layers": {path: {unit: its greatest value}}; of a text also "text", "label", the
        likeliest class, and "words": for each word that the model reads "start" and "end", where it stands in the text,
        "known", whether the vocabulary has it, and its parts in the logit of that class, "integrated_gradients" and
        "occlusion".

    Raises:
        ZooError: no such model, picture or layer; the model classifies neither images nor texts; layers or examples
            for a text.

    Example:
        >>> found = zoo865.look(run, "digit.png", layers=["stage3_conv_relu"], examples=20)
        >>> found["page"], len(found["answers"]), list(found["layers"])
        ('look.html', 3, ['stage3_conv_relu'])
    """
    out = page_path(out, "look.html")
    trained = find_trained(name)
    if isinstance(trained.recipe.task, ImageClassification):
        return look_at_picture(trained, given, layers, EXAMPLES if examples is None else examples, out)
    if not isinstance(trained.recipe.task, TextClassification):
        raise ZooError(f"{trained.path} is not a classifier of images or texts", "choose one")
    if layers or examples is not None:
        raise ZooError("layers and training examples are shown of pictures, not of texts", "leave both out")
    return look_at_text(trained, given, out)
