"""zoo865 train"""

from typing import Annotated

import typer

from zoo865.cli.arguments import read_seeds, read_settings, system_names
from zoo865.cli.output import Json, as_json, between, number, quiet_start
from zoo865.errors import ZooError
from zoo865.metrics.intervals import joined

NAME = "train"
SEED, PRECISION, DEVICES = 0, "float32", 1
DEFAULTS = {
    "seed": SEED,
    "seeds": None,
    "folds": None,
    "init-from": None,
    "precision": PRECISION,
    "devices": DEVICES,
    "run-dir": None,
}


def run(
    name: Annotated[
        str | None,
        typer.Argument(help="System of the zoo, or my.py:my_recipe.", autocompletion=system_names, show_default=False),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="Data set, folder of pictures, ZIP archive of one, file or folder of texts; by default the recipe's. "
            "With --resume: new location of the run's data, if they were moved.",
            show_default=False,
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs per phase.", show_default="recipe's")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples per training step.", show_default="recipe's")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Override a recipe setting: model_args.width=64. Repeatable."),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Random seed of initial weights, shuffling, augmentation and dropout.")
    ] = SEED,
    seeds: Annotated[
        str | None,
        typer.Option(help="Train one run per seed and report mean and spread: 0-4 or 1,5,7.", show_default=False),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(
            help="Cross-validate a folder of pictures, or labelled texts, with this many folds, one run each.",
            show_default=False,
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(help="Pretrained weights file, for systems that take one.", show_default=False),
    ] = None,
    vectors: Annotated[
        str | None,
        typer.Option(
            help="Word vectors to begin with, for systems of texts that take some: a file, a run of word2vec or glove, "
            "or glove for GloVe's published ones (extra glove).",
            show_default=False,
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            help="Time budget for training; evaluation, report and export come on top.",
            show_default=False,
        ),
    ] = None,
    init_from: Annotated[
        str | None,
        typer.Option(help="Start from the weights of a run or a published model.", show_default=False),
    ] = None,
    precision: Annotated[
        str,
        typer.Option(help="float32, mixed_bfloat16, mixed_float16, or auto: whichever is fastest on this hardware."),
    ] = PRECISION,
    devices: Annotated[int, typer.Option(help="GPUs (or processors) that split each batch.")] = DEVICES,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="RUN", help="Resume a killed or stopped run exactly where it left off.", show_default=False
        ),
    ] = None,
    run_dir: Annotated[
        str | None, typer.Option(help="Output directory.", show_default="runs/NAME-YYYYMMDD-HHMMSS")
    ] = None,
    json: Json = False,
):
    """Trains a system, then writes its report and its SavedModel.

    Progress is one line per epoch. Ctrl-C stops training after the current batch and keeps the results so far.

        zoo865 train mnist_cnn --data mnist_sample

        zoo865 train mnist_cnn --data photos/ --epochs 30 --set model_args.width=48

        zoo865 train mobilenet_v2 --data photos/ --folds 5

        zoo865 train my.py:my_recipe --minutes 5

        zoo865 train --resume runs/mnist_cnn-20261124-081352
    """
    if name is None and resume is None:
        raise ZooError(
            "no system given", "zoo865 train NAME (zoo865 list shows the names), or zoo865 train --resume RUN"
        )
    of_the_run = {"seed": seed, "seeds": seeds, "folds": folds, "init-from": init_from}
    of_the_run |= {"precision": precision, "devices": devices}
    given = [f"--{option}" for option, value in {**of_the_run, "run-dir": run_dir}.items() if value != DEFAULTS[option]]
    if name is None:  # with a name they say what the run is thought to be
        of_the_recipe: dict[str, object] = {"epochs": epochs, "batch-size": batch_size, "weights": weights}
        of_the_recipe |= {"vectors": vectors}
        of_the_recipe |= {"set": setting or None}
        given += [f"--{option}" for option, value in of_the_recipe.items() if value is not None]
    if resume is not None and given:
        raise ZooError(f"{given[0]} cannot be combined with --resume", "a run resumes with its own settings")
    settings = read_settings(setting or [])
    options = {"data": data, "epochs": epochs, "batch_size": batch_size, "model_args.weights": weights}
    options = {path: value for path, value in options.items() if value is not None}
    if vectors is not None:
        options |= _of_vectors(vectors, settings)
    wanted = read_seeds(seeds) if seeds is not None else None
    if wanted is not None and folds is not None:
        raise ZooError("--seeds cannot be combined with --folds", "use one of them; --seed works with --folds")

    with quiet_start():
        from zoo865.registry import get_recipe
        from zoo865.workflow import make, make_folds, make_on, make_seeds

    recipe = None if name is None else get_recipe(name)
    if recipe and vectors is not None and "weights" not in recipe.model_args:
        raise ZooError(f"{recipe.name} begins with no word vectors", "omit --vectors")
    recipe = recipe and recipe.override(settings).override(options)
    if recipe is None or resume is not None:
        _print(make_on(resume, recipe=recipe, data=data, minutes=minutes), json)
        return
    arguments = {"minutes": minutes, "init_from": init_from, "precision": precision, "devices": devices}
    if wanted is not None:
        summary = make_seeds(recipe, wanted, run_dir=run_dir, **arguments)
    elif folds is not None:
        summary = make_folds(recipe, folds, seed=seed, run_dir=run_dir, **arguments)
    else:
        _print(make(recipe, seed=seed, run_dir=run_dir, **arguments), json)
        return
    _print_summary(summary, json)
    if summary["stopped"] == "interrupted":
        raise KeyboardInterrupt


def _of_vectors(source: str, settings: dict) -> dict:
    """The settings of word vectors: where they are, and their dimensions.

    Raises:
        ZooError: there are none, or they have other dimensions than a setting says.
    """
    with quiet_start():
        from zoo865.exporting.vectors_out import find_vectors

    place, dimensions = find_vectors(source)
    if (wanted := settings.get("model_args.dimensions", dimensions)) != dimensions:
        raise ZooError(f"{source} has vectors of {dimensions} dimensions, not {wanted}", "omit model_args.dimensions")
    return {"model_args.weights": place, "model_args.dimensions": dimensions}


def _print(made, json):
    if json:
        as_json(
            {"run": str(made.path), "report": str(made.report_path), "export": str(made.export_path), **made.metrics}
        )
    else:
        _print_measures(made)
    if made.metrics["stopped"] == "interrupted":
        raise KeyboardInterrupt


def _print_measures(made):
    for measure, (value, ends) in joined(made.metrics["test"]).items():
        print(f"test {measure:<20} {number(value)}{between(ends)}")
    if made.metrics["protocol"]:
        print(made.metrics["protocol"])
    for end in made.metrics["early_ends"]:
        print(f"ended   {end}")
    if made.metrics["stopped"]:
        planned = sum(phase.epochs for phase in made.recipe.phases)
        print(f"stopped after {made.metrics['epochs']} of {planned} epochs: {made.metrics['stopped']}")
    print(f"report  {made.report_path}   (open it in a browser)")
    print(f"export  {made.export_path}   (SavedModel)")
    print(f"try it  zoo865 {made.usage}")
    if made.metrics["stopped"]:
        print(f"next    {made.remedy}")


def _print_summary(summary, json):
    if json:
        as_json(summary)
        return
    over = f"{len(summary['runs'])} folds" if summary["folds"] else f"seeds {', '.join(map(str, summary['seeds']))}"
    ends = joined({name: found["mean"] for name, found in summary["test"].items()})
    for measure, (mean, within) in ends.items():
        spread = summary["test"][measure]["spread"]
        spread = "" if spread is None else f" +- {number(spread)}"
        print(f"test {measure:<20} {number(mean)}{between(within)}{spread}  over {over}")
    if summary["stopped"]:
        print(f"stopped in the last run: {summary['stopped']}")
    print(f"report  {summary['directory']}/report.html   (open it in a browser)")
    print(f"runs    {summary['directory']}")
