"""zoo865 export"""

from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, quiet_start

NAME = "export"


def run(
    name: Annotated[str, typer.Argument(help="A run, or a system (its newest run).")],
    path: Annotated[str | None, typer.Argument(help="A new directory.", show_default="RUN/export/NAME/1")] = None,
    json: Json = False,
):
    """Writes the SavedModel of a run, and checks it in a fresh process with TensorFlow alone."""
    with quiet_start():
        from zoo865.exporting.saved_model import DETAILS, export
        from zoo865.files import read_json

    written = export(name, path)
    details = read_json(written / DETAILS)
    if json:
        as_json({"export": str(written), **details})
        return
    print(written)
    print(f"signatures: {', '.join(details['signatures'])}; largest difference {details['largest_difference']:.1e}")
