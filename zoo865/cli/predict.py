"""zoo865 predict"""

from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, quiet_start

NAME = "predict"


def run(
    name: Annotated[str, typer.Argument(help="A run, an export, or a system (its newest run here, or as published).")],
    files: Annotated[
        list[str],
        typer.Argument(
            help="What to ask about: pictures; of an agent, observations: '[0, 0, 0.1, 0]'.", show_default=False
        ),
    ],
    json: Json = False,
):
    """Asks a trained system.

    Pictures of drawings may be dark on light or light on dark, of any size.

        zoo865 predict mnist_cnn digit.png
    """
    with quiet_start():
        from zoo865.exporting.predictor import Predictor

    answers = Predictor(name).predict(files, notes=True)
    if json:
        as_json([{"file": file, **answer} for file, answer in zip(files, answers, strict=True)])
        return
    for file, answer in zip(files, answers, strict=True):
        notes = f"   ({'; '.join(answer['notes'])})" if answer["notes"] else ""
        shown = "  ".join(
            _shown(key, value) for key, value in answer.items() if not isinstance(value, dict) and key != "notes"
        )
        print(f"{file}: {shown}{notes}")


def _shown(key, value) -> str:
    if isinstance(value, list):
        return f"{key} [{', '.join(f'{number:.3g}' for number in value)}]"
    return f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value}"
