"""zoo865 generate"""

from typing import Annotated

import typer

from zoo865.cli.arguments import Engine, Task
from zoo865.cli.output import Json, as_json, quiet
from zoo865.errors import counted

NAME = "generate"


def run(
    name: Annotated[
        str, typer.Argument(help="Run, export, or system (its newest local run, else its published model).")
    ],
    count: Annotated[int, typer.Option(help="Number of images.")] = 64,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    out: Annotated[
        str,
        typer.Option(
            help="NAME.png for a grid, NAME.npy for a uint8 array (count, height, width, channels), or a folder."
        ),
    ] = "grid.png",
    engine: Engine = None,
    task: Task = None,
    json: Json = False,
):
    """Generates new images from random noise with an export.

    zoo865 generate vae --count 64 --seed 1 --out grid.png
    """
    from zoo865.exporting.images_out import checked_place, write_images
    from zoo865.exporting.predictor import Predictor

    checked_place(out)
    with quiet():
        predictor = Predictor(name, engine=engine, task=task)
        images = predictor.generate(count, seed=seed)
    engine = predictor.engine_of("generate")
    path = write_images(images, out)
    if json:
        about = {"export": str(predictor.path), "model": predictor.origin, "engine": engine, "out": str(path)}
        as_json({**about, "shape": list(images.shape), "seed": seed})
        return
    size, by = f"{images.shape[1]} x {images.shape[2]}", f"{predictor.origin} ({engine})"
    print(f"{path}   {counted(count, 'image')} of {size}, seed {seed}, by {by}")
