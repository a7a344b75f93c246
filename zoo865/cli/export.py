"""zoo865 export"""

from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, quiet_start

NAME = "export"


def run(
    name: Annotated[str, typer.Argument(help="A run, or a system (its newest run).")],
    path: Annotated[
        str | None, typer.Argument(help="A new directory.", show_default="RUN/export/NAME/1, or .../NAME/onnx-1")
    ] = None,
    format: Annotated[str, typer.Option(help="saved_model or onnx.")] = "saved_model",
    json: Json = False,
):
    """Writes a run as a SavedModel or as ONNX files, one a signature, and checks what was written against the model."""
    with quiet_start():
        from zoo865.exporting.export import export
        from zoo865.exporting.find import read_details

    written = export(name, path, format=format)
    details = read_details(written)
    if json:
        as_json({"export": str(written), **details})
        return
    print(written)
    print(f"signatures: {', '.join(details['signatures'])}; largest difference {details['largest_difference']:.1e}")
