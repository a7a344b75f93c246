"""zoo865 generate"""

import contextlib
import sys
from typing import Annotated

import typer

from zoo865.cli.arguments import Engine, Task
from zoo865.cli.output import Json, as_json, quiet
from zoo865.errors import ZooError, counted

NAME = "generate"
CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}  # --digit 7: the classes are the model's


def run(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="Run, export, or system (its newest local run, else its published model).")
    ],
    count: Annotated[
        int | None, typer.Option(help="Number of images or sounds.", show_default="64 images, 4 sounds")
    ] = None,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    out: Annotated[
        str | None,
        typer.Option(
            help="Of images NAME.png, a grid, or NAME.npy, a uint8 array (count, height, width, channels); of sounds "
            "NAME.wav, .flac or .ogg for all of them one after another; or a folder.",
            show_default="grid.png, sounds.wav",
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Length of each sound.", show_default="drawn from the training sounds'")
    ] = None,
    begin: Annotated[
        str | None, typer.Option(help="Sound file that each sound begins with, and continues.", show_default=False)
    ] = None,
    engine: Engine = None,
    task: Task = None,
    json: Json = False,
):
    """Generates new images or sounds from random noise with an export.

    zoo865 generate vae --count 64 --seed 1 --out grid.png

    zoo865 generate wavenet --digit 7 --speaker theo --count 4 --out seven.wav

    zoo865 generate wavenet --begin cut_off.wav --seconds 0.6

    Of sounds with classes each is an option (--digit 7); without it they
    are drawn at random. --engine tensorflow compiles the network: it
    starts more slowly, and draws faster than the sound is played.
    """
    from zoo865.exporting.predictor import Predictor

    with quiet():
        predictor = Predictor(name, engine=engine, task=task)
    if "stream" in predictor.signatures:
        classes = _classes(context.args)
        found = _sounds(
            predictor, 4 if count is None else count, seed, out or "sounds.wav", seconds, begin, classes, json
        )
    else:
        if context.args or seconds is not None or begin is not None:
            given = (context.args or ["--seconds" if seconds is not None else "--begin"])[0]
            raise ZooError(f"{given} is no option of images", "zoo865 generate --help shows all")
        found = _images(predictor, 64 if count is None else count, seed, out or "grid.png", json)
    if json:
        as_json({"export": str(predictor.path), "model": predictor.origin, **found, "seed": seed})


def _classes(given: list[str]) -> dict[str, str]:
    """{"digit": "7"} of --digit 7, or of --digit=7."""
    words = [part for word in given for part in (word.split("=", 1) if word.startswith("--") else [word])]
    names, values = words[::2], words[1::2]
    if len(names) != len(values) or not all(name.startswith("--") for name in names):
        wrong = next((name for name in names if not name.startswith("--")), words[-1])
        raise ZooError(f"cannot read {wrong}", "name classes as options: --digit 7")
    return {name[2:]: value for name, value in zip(names, values, strict=True)}


def _sounds(predictor, count, seed, out, seconds, begin, classes, json) -> dict:
    from zoo865.exporting.sounds_out import NAMES, SUFFIXES, draw_sounds, write_sounds
    from zoo865.files import checked_place

    checked_place(out, SUFFIXES, NAMES)
    known, notes = (None, ()) if begin is None else predictor.spec.sound.read(begin)
    how = {"seed": seed, "seconds": seconds, "begin": known, "classes": classes}
    with _seconds_bar(not json) as progress, quiet():
        drawn = draw_sounds(predictor, count, **how, progress=progress)
    path, by = write_sounds(drawn, out), predictor.engine_of("stream")
    every = [{"seconds": round(len(one.samples) / one.rate, 3), **one.classes} for one in drawn]
    if json:
        return {"engine": by, "out": str(path), "rate": drawn[0].rate, "sounds": every}
    said = [
        "  ".join([f"{one.pop('seconds'):.2f} s", *(f"{key} {value}" for key, value in one.items())]) for one in every
    ]
    said = [f"{begin}: {'; '.join(notes)}"] * bool(notes) + said
    print("\n".join(said[:20] + [f"and {len(said) - 20} more"] * (len(said) > 20)))
    print(f"{path}   {counted(count, 'sound')}, seed {seed}, by {predictor.origin} ({by})")
    return {}


def _images(predictor, count, seed, out, json) -> dict:
    from zoo865.exporting.images_out import NAMES, SUFFIXES, write_images
    from zoo865.files import checked_place

    checked_place(out, SUFFIXES, NAMES)
    with quiet():
        images = predictor.generate(count, seed=seed)
    engine, path = predictor.engine_of("generate"), write_images(images, out)
    if not json:
        size, by = f"{images.shape[1]} x {images.shape[2]}", f"{predictor.origin} ({engine})"
        print(f"{path}   {counted(count, 'image')} of {size}, seed {seed}, by {by}")
    return {"engine": engine, "out": str(path), "shape": list(images.shape)}


@contextlib.contextmanager
def _seconds_bar(shown: bool):
    """What is told the seconds of sound that were drawn; on a terminal shown on stderr."""
    if not (shown and sys.stderr.isatty()):
        yield lambda seconds: None
        return
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.completed:.1f} s of sound in"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        drawn = bar.add_task("")
        yield lambda seconds: bar.advance(drawn, seconds)
