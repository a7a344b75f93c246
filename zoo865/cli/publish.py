"""zoo865 publish"""

from typing import Annotated

import typer

from zoo865.cli.arguments import MovedData
from zoo865.cli.output import Json, as_json, card_line, quiet_start

NAME = "publish"


def run(
    name: Annotated[
        str, typer.Argument(metavar="RUN", help="Finished run, directory of several seeds, or published model.")
    ],
    to: Annotated[str, typer.Option(help="Directory of published models.")] = "saved_models",
    version: Annotated[int | None, typer.Option(help="Version number.", show_default="the next free number")] = None,
    data: MovedData = None,
    json: Json = False,
):
    """Publishes a run to saved_models/NAME/VERSION: its SavedModel, Keras weights and model card.

    For several seeds, the first one's model is published; the card gives the mean and spread of all.

    A published model is exported again from its weights and published as a new version.

        zoo865 train mnist_cnn --seeds 0-4 --run-dir runs/five && zoo865 publish runs/five
    """
    with quiet_start():
        from zoo865.files import read_json
        from zoo865.hub.publish import publish

    path = publish(name, to, version=version, data=data)
    card = read_json(path / "card.json")
    if json:
        as_json({"path": str(path), **card})
        return
    size = sum(file["bytes"] for file in card["files"])
    print(f"{path}   {len(card['files'])} files, {size / 1e6:.1f} MB")
    for measure, found in card["metrics"].items():
        print(card_line(measure, found))
