"""zoo865 publish"""

from typing import Annotated

import typer

from zoo865.cli.arguments import MovedData
from zoo865.cli.output import Json, as_json, card_line, quiet_start

NAME = "publish"


def run(
    name: Annotated[
        str, typer.Argument(metavar="RUN", help="A finished run, the directory of several seeds, or a published model.")
    ],
    to: Annotated[str, typer.Option(help="Where published models stand.")] = "saved_models",
    version: Annotated[int | None, typer.Option(help="A whole number.", show_default="the next free one")] = None,
    data: MovedData = None,
    json: Json = False,
):
    """Writes saved_models/NAME/VERSION: the SavedModel of a run, its weights for Keras, and its card.

    Of several seeds the first one's model is published; the card tells the mean and spread of all.

    Of a published model the weights are published once more, exported as it is done now.

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
