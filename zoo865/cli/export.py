"""zoo865 export"""

from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, quiet_start

NAME = "export"


def run(
    name: Annotated[str, typer.Argument(help="Run, or system (its newest run).")],
    path: Annotated[str | None, typer.Argument(help="Directory to create.", show_default="RUN/export/NAME/1")] = None,
    no_onnx: Annotated[bool, typer.Option("--no-onnx", help="Write only the SavedModel.")] = False,
    json: Json = False,
):
    """Exports a run as a SavedModel with one ONNX file per signature, and checks them against the model."""
    with quiet_start():
        from zoo865.exporting.export import export
        from zoo865.exporting.find import read_details

    written = export(name, path, onnx=not no_onnx)
    details = read_details(written)
    if json:
        as_json({"export": str(written), **details})
        return
    print(written)
    print(f"signatures: {', '.join(details['signatures'])}; largest difference {details['largest_difference']:.1e}")
    print(f"in ONNX: {', '.join(details['onnx']) or 'none'}")
    for signature, reason in details["not_in_onnx"].items():
        print(f"not in ONNX: {signature}: {reason}")
