"""zoo865 generate"""

from typing import Annotated

import typer

from zoo865.cli.arguments import Task
from zoo865.cli.output import Json, as_json, quiet_start

NAME = "generate"


def run(
    name: Annotated[str, typer.Argument(help="A run, an export, or a system (its newest run here, or as published).")],
    count: Annotated[int, typer.Option(help="How many images.")] = 64,
    seed: Annotated[int, typer.Option(help="Another one makes other images.")] = 0,
    out: Annotated[
        str, typer.Option(help="NAME.png: a grid. NAME.npy: uint8, (count, height, width, channels). Else a folder.")
    ] = "grid.png",
    task: Task = None,
    json: Json = False,
):
    """Makes new images, from an export and noise.

    zoo865 generate vae --count 64 --seed 1 --out grid.png
    """
    with quiet_start():
        from zoo865.exporting.images_out import checked_place, write_images
        from zoo865.exporting.predictor import Predictor

    checked_place(out)
    predictor = Predictor(name, task=task)
    images = predictor.generate(count, seed=seed)
    path = write_images(images, out)
    if json:
        as_json({"export": str(predictor.path), "out": str(path), "shape": list(images.shape), "seed": seed})
        return
    print(f"{path}   {count:,} images of {images.shape[1]} x {images.shape[2]}, seed {seed}, by {predictor.path}")
