"""zoo865 predict"""

import sys
from typing import Annotated

import typer

from zoo865.cli.arguments import Engine, Task, in_examples
from zoo865.cli.output import Json, as_json, quiet

NAME = "predict"


def run(
    name: Annotated[str, typer.Argument(help="A run, an export, or a system (its newest run here, or as published).")],
    files: Annotated[
        list[str],
        typer.Argument(
            help="What to ask about: pictures, texts, sounds (WAV); of an agent, observations: '[0, 0, 0.1, 0]'. "
            "Where an example has several inputs, as many files an example, in their order.",
            show_default=False,
        ),
    ],
    engine: Engine = None,
    task: Task = None,
    json: Json = False,
):
    """Asks a trained system.

    Pictures of drawings may be dark on light or light on dark, of any size.

        zoo865 predict mnist_cnn digit.png

        zoo865 predict my_pairs one.png other.png --task my.py
    """
    from zoo865.exporting.predictor import Predictor

    with quiet():
        predictor = Predictor(name, engine=engine, task=task)
    examples = in_examples(files, list(predictor.spec.inputs))
    answers = predictor.predict(examples, notes=True)
    shown = [one if isinstance(one, str) else " + ".join(one) for one in examples]
    if json:
        by = {"engine": predictor.engine}
        as_json([{"file": file, **answer, **by} for file, answer in zip(shown, answers, strict=True)])
        return
    for file, answer in zip(shown, answers, strict=True):
        notes = f"   ({'; '.join(answer['notes'])})" if answer["notes"] else ""
        said = "  ".join(
            _shown(key, value) for key, value in answer.items() if not isinstance(value, dict) and key != "notes"
        )
        print(f"{file}: {said}{notes}")
    print(f"by {predictor.engine}: {predictor.path}", file=sys.stderr)


def _shown(key, value) -> str:
    if isinstance(value, list):
        return f"{key} [{', '.join(f'{number:.3g}' for number in value)}]"
    return f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value}"
