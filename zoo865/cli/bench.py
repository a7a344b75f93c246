"""zoo865 bench"""

from typing import Annotated

import typer

from zoo865.cli.arguments import Task, read_batches
from zoo865.cli.output import Json, as_json, as_table, quiet
from zoo865.errors import counted

NAME = "bench"


def run(
    name: Annotated[
        str, typer.Argument(help="Run, export, or system (its newest local run, else its published model).")
    ],
    batch: Annotated[str, typer.Option(help="Batch sizes to measure.")] = "1,8,64",
    seconds: Annotated[float, typer.Option(help="Duration of the measurement.")] = 20.0,
    engine: Annotated[
        str | None, typer.Option(help="Measure only onnx or tensorflow.", show_default="both, and model.predict")
    ] = None,
    task: Task = None,
    json: Json = False,
):
    """Measures inference speed of the SavedModel, the ONNX files and Keras' model.predict, interleaved.

    Latencies are per call, in milliseconds: median, 90th and 99th percentile.
    Sounds of any length are measured with 800 samples.

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
        print(f"{engine} left out: {reason}")
    hardware = result["hardware"]
    print(", ".join([hardware["processor"], counted(hardware["cores"], "core"), *hardware["gpus"]]))
