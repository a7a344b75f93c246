"""zoo865 info"""

from typing import Annotated

import typer

from zoo865.cli.arguments import system_names
from zoo865.cli.output import Json, as_json, quiet_start

NAME = "info"


def run(
    name: Annotated[str, typer.Argument(help="A system, or my.py:my_recipe.", autocompletion=system_names)],
    json: Json = False,
):
    """Shows a system: its recipe, its layers with their shapes, its size, its file."""
    with quiet_start():
        from zoo865.reporting.info import describe

    described = describe(name)
    if json:
        as_json(described)
        return
    print(f"{described['name']}: {described['summary']}\n\n{described['about']}\n")
    for setting, value in described["settings"].items():
        print(f"  {setting:<42} {value}")
    print(f"\n{'layer':<28} {'output':<24} parameters")
    for layer in described["layers"]:
        print(f"{layer['name']:<28} {layer['output']:<24} {layer['parameters']:,}")
    print(f"\n{described['parameters']:,} parameters; file {described['file']}")
    if "published" in described:
        card = described["published"]["card"]
        print(f"\npublished: {described['published']['path']}")
        for measure, found in card["metrics"].items():
            print(
                f"  test {measure:<22} {found['value']:.4f}   mean of {len(found['seeds'])} seeds {found['mean']:.4f}"
            )
        print(f"  by {card['trained']['command']}")
