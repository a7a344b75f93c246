"""zoo865 nearest"""

from typing import Annotated

import typer

from zoo865.cli.arguments import Engine, in_examples
from zoo865.cli.output import Json, as_json, quiet
from zoo865.errors import ZooError, counted

NAME = "nearest"


def run(
    name: Annotated[
        str, typer.Argument(help="Run, export, or system (its newest local run, else its published model).")
    ],
    files: Annotated[
        list[str] | None, typer.Argument(help="Queries: pictures, or folders of them.", show_default=False)
    ] = None,
    gallery: Annotated[
        str,
        typer.Option(
            help="Named examples: a folder with one sub-folder per class, or a file NAME.npz made with --add."
        ),
    ] = "gallery.npz",
    add: Annotated[
        str | None, typer.Option(help="Folder whose examples are added to the gallery file first.", show_default=False)
    ] = None,
    count: Annotated[int, typer.Option(help="How many of the nearest are listed.")] = 3,
    engine: Engine = None,
    json: Json = False,
):
    """Recognises pictures by what is nearest to them in a gallery, also of classes the model never saw.

    One example per class is enough; a gallery grows without training.

        zoo865 nearest siamese query.png --gallery characters/

        zoo865 nearest siamese --gallery characters.npz --add characters/

        zoo865 nearest siamese queries/ --gallery characters.npz

    A query farther from all of the gallery than the model's threshold is
    marked "none of these": the threshold was set on validation data such
    that pictures of unknown classes pass as often as known ones are marked.
    The report tells how often, and of how many classes; of a published
    model its card.json ("same_threshold").
    """
    from zoo865.exporting.gallery import added, open_gallery
    from zoo865.exporting.predictor import Predictor

    if not files and add is None:
        raise ZooError("nothing to compare", "give pictures, or --add FOLDER to fill the gallery")
    if count < 1:
        raise ZooError(f"--count must be at least 1, not {count}")
    with quiet():
        predictor = Predictor(name, engine=engine)
        held = added(predictor, gallery, add) if add is not None else open_gallery(predictor, gallery)
    examples = list(in_examples(files, predictor.spec.inputs)) if files else []
    answers = predictor.nearest(examples, held, count) if examples else []
    found = [{"file": str(example), **answer} for example, answer in zip(examples, answers, strict=True)]
    if json:
        as_json({"gallery": len(held.names), "model": predictor.origin, "queries": found})
        return
    if add is not None:
        print(f"{gallery}   {counted(len(held.names), 'example')} with {counted(len(set(held.names)), 'name')}")
    for one in found:
        said = "  ".join(f"{near['name']} {near['distance']:.3f}" for near in one["nearest"])
        print(f"{one['file']}: {said}" + ("   (none of these)" if one["none"] else ""))
