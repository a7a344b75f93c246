"""zoo865 bench"""

from typing import Annotated

import typer

from zoo865.cli.arguments import Task, read_batches
from zoo865.cli.output import Json, as_json, as_table, quiet

NAME = "bench"


def run(
    name: Annotated[str, typer.Argument(help="A run, an export, or a system (its newest run here, or as published).")],
    batch: Annotated[str, typer.Option(help="Examples at once, one measurement each: 1,8,64.")] = "1,8,64",
    seconds: Annotated[float, typer.Option(help="How long to measure.")] = 20.0,
    engine: Annotated[
        str | None, typer.Option(help="onnx or tensorflow, measured alone.", show_default="both, and model.predict")
    ] = None,
    task: Task = None,
    json: Json = False,
):
    """Measures how fast a trained system answers: SavedModel, ONNX, and Keras' model.predict, taking turns.

    Latencies are of one call, in milliseconds: the median, and what 90 and 99 % of the calls stayed below.

        zoo865 bench mnist_cnn --batch 1,64

        zoo865 bench mnist_cnn --engine onnx
    """
    from zoo865.exporting.bench import bench

    batches = read_batches(batch)
    with quiet():
        result = bench(name, batches=batches, seconds=seconds, engine=engine, task=task)
    if json:
        as_json(result)
        return
    print(f"{result['model']}, {result['export']}, signature {result['signature']}")
    rate = "examples_per_second"
    as_table([{**row, rate: f"{row[rate]:,.0f}"} for row in result["measured"]])
    for engine, reason in result["left_out"].items():
        print(f"without {engine}: {reason}")
    hardware = result["hardware"]
    print(f"{hardware['processor']}, {hardware['cores']} cores{''.join(f', {gpu}' for gpu in hardware['gpus'])}")
