"""`publish`: a finished run as a model for others; or a published model once more, exported as it is done now."""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

from zoo865.errors import ZooError
from zoo865.exporting.bench import bench
from zoo865.exporting.check import storable
from zoo865.exporting.export import export
from zoo865.exporting.find import read_details
from zoo865.exporting.predictor import Predictor
from zoo865.files import atomic, write_json
from zoo865.hub.card import card_of
from zoo865.runs.store import files_of
from zoo865.training.aggregate import summarize
from zoo865.training.evaluate import evaluate
from zoo865.training.published import Published, move_data
from zoo865.training.run import Run
from zoo865.training.saved_weights import find_weights

SAME = 1e-4  # by which measures may differ, of those beyond 1 as a share
EXAMPLES = 8  # whose answers are stored beside the model


def publish(
    source: Run | str | os.PathLike,
    directory: str | os.PathLike = "saved_models",
    *,
    version: int | None = None,
    data: str | None = None,
    seconds: float = 6.0,
) -> Path:
    """Writes DIRECTORY/NAME/VERSION: the SavedModel of a run, some inputs with their answers, card.json, and weights
    for Keras where the SavedModel does not have them all, bit for bit.

    Args:
        source: a Run, or the path of one, or of a directory of several seeds: then the first seed's run is published
            (the best one would be chosen by the test examples), with the mean and spread of all on its card. Or the
            path of a published model: its weights are published once more, exported as this version of zoo865 does it,
            where they give the test measures of its card again.
        directory: where published models stand.
        version: a whole number; None takes the next free one.
        data: where its data are now; None looks where they were.
        seconds: how long to measure its speed.

    Returns:
        The directory written.

    Raises:
        ZooError: the run did not finish, the version is there already, or measures of a card are not found again. Then
            nothing is left.

    Example:
        >>> place = zoo865.publish(run, "published", seconds=0.1)
        >>> place.as_posix(), (place / "card.json").is_file()
        ('published/mnist_cnn/1', True)
    """
    published = source if isinstance(source, (Run, Published)) else Published.at(source)
    trained, summary = (published, {}) if isinstance(published, Published) else _run_and_summary(source)
    if isinstance(trained, Run):
        _check_finished(trained)
    if data is not None:
        move_data(trained, data)
    store = Path(directory) / trained.recipe.name
    version = _free_version(store, version)
    card = card_of(trained, version, summary) if isinstance(trained, Run) else _card_again(trained, version)
    with tempfile.TemporaryDirectory() as folder:
        there = isinstance(trained, Run) and trained.export_path.is_dir()
        exported = trained.export_path if there else export(trained, Path(folder) / "1")
        predictor = Predictor(exported, task=trained.recipe.task)
        speed = bench(exported, model=trained, seconds=seconds, task=trained.recipe.task)
        with atomic(store / str(version)) as temporary:
            shutil.copytree(exported, temporary)
            if names := find_weights(trained.model, temporary):
                card["weights"] = names
            else:
                trained.model.save_weights(temporary / "model.weights.h5")
            signatures = _store_answers(trained, predictor, temporary / "assets.extra")
            name = trained.recipe.task.calibration.name
            if calibration := read_details(temporary).get(name):
                card[name] = calibration
            card |= {"speed": _without_paths(speed), "signatures": signatures, "files": files_of(temporary)}
            write_json(temporary / "card.json", card)
    return store / str(version)


def _free_version(store: Path, version: int | None) -> int:
    taken = [int(path.name) for path in store.glob("[0-9]*") if path.name.isdigit()]
    free = max(taken, default=0) + 1
    if version in taken or (version is not None and version < 1):
        raise ZooError(f"{store / str(version)} already exists", f"the next free version is {free}")
    return free if version is None else version


def _card_again(published: Published, version: int) -> dict:
    """The card of a model that is published once more, as this version; signatures, speed and files are the old ones.

    Raises:
        ZooError: its weights do not give the measures of its card, or its data are not at hand.
    """
    for name, value in (measured := evaluate(published))["measures"].items():
        said = measured["card"].get(name)
        if said is not None and abs(value - said) > max(SAME, SAME * abs(said)):
            raise ZooError(
                f"{published.path} measures {name} {value:.6g}, but its card says {said:.6g}", "train it again"
            )
    written = {"recipe": published.recipe.to_json(), "spec": published.spec.to_json()}
    return {**published.card, **written, "version": version, "weights_of": f"version {published.card['version']}"}


def _run_and_summary(source) -> tuple[Run, dict]:
    """The run to publish, and the test measures of all seeds it stands among, as they are now."""
    path = source.path if isinstance(source, Run) else Path(source)
    several = path if (path / "summary.json").is_file() else path.parent
    if not (several / "summary.json").is_file():
        run = Run.find(path)
        return run, summarize([run])
    runs = sorted(map(Run, several.glob("seed-*")), key=lambda run: run.settings["seed"])
    if not runs:
        raise ZooError(f"{several} contains no runs of seeds", "train it first")
    for run in runs:
        _check_finished(run)
    return runs[0] if path == several else Run.find(path), summarize(runs)


def _check_finished(run: Run):
    if not run.metrics["finished"]:
        raise ZooError(f"{run.path} stopped early: {run.metrics['stopped']}", run.remedy)


def _store_answers(run, predictor: Predictor, directory: Path) -> dict:
    """Writes SIGNATURE.npz with real inputs ("in/NAME") and what the export makes of them ("out/NAME").

    Returns:
        signature -> {"inputs": ..., "outputs": ...}, each name -> {"shape", "dtype"}; None in a shape is any number.
    """
    examples = run.data.validation.take(np.arange(min(EXAMPLES, len(run.data.validation))))
    described = {}
    for name, signature in run.recipe.task.signatures(run.model, run.spec, examples).items():
        outputs = predictor.run(name, **signature.sample)
        arrays = {f"in/{key}": value for key, value in storable(signature.sample).items()}
        arrays |= {f"out/{key}": value for key, value in storable(outputs).items()}
        # For mypy any name may be that of `allow_pickle`.
        np.savez_compressed(directory / f"{name}.npz", **arrays)  # type: ignore[arg-type]
        described[name] = {
            "inputs": predictor.signatures[name],
            "outputs": {k: {"shape": [None, *v.shape[1:]], "dtype": _kind(v)} for k, v in outputs.items()},
        }
    return described


def _kind(array: np.ndarray) -> str:
    """The dtype of an array; that of texts as TensorFlow calls it."""
    return "string" if array.dtype == object else str(array.dtype)


def _without_paths(speed: dict) -> dict:
    return {name: speed[name] for name in ("measured", "signature", "hardware", "versions")}
