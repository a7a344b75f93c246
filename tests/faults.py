"""Faults put into the package by hand: each must fail the test that is named for it.

    python tests/faults.py [WORD]

copies the package, puts in one fault after another (those that WORD stands in), and runs its test on the copy. Exits
with 1 where a fault passes unnoticed. Minutes: run it when you change tests of the core.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "zoo865"


@dataclass(frozen=True)
class Fault:
    """A change of one place in a file, and the test that notices it: its name, as `pytest -k` takes it."""

    what: str
    file: str
    right: str
    wrong: str
    test: str


FAULTS = (
    Fault(
        "a seed is dropped",
        "training/loop.py",
        "    keras.utils.set_random_seed(seed)\n    model = build_model",
        "    model = build_model",
        "test_loop.py::test_the_same_seed_gives_the_same_run",
    ),
    Fault(
        "an axis is swapped",
        "preprocessing/images.py",
        '"ij,bjkc,lk->bilc"',
        '"ij,bjkc,lk->blic"',
        "test_resizing.py::test_cropping_keeps_proportions_as_pillows_fit_does",
    ),
    Fault(
        "the optimizer is not restored",
        "training/loop.py",
        "checkpoint.restore_optimizer(now.model.optimizer, arrays, source)",
        "pass",
        "test_battery.py::test_goes_on_from_a_checkpoint[mnist_cnn]",
    ),
    Fault(
        "the feed is not restored",
        "training/loop.py",
        'feeds.restore(checkpoint.part_of(arrays, "feed"))',
        "pass",
        "test_battery.py::test_goes_on_from_a_checkpoint[c51_cartpole]",
    ),
    Fault(
        "a split is shifted by one",
        "data/statistics.py",
        "return np.sort(first), np.sort(second)",
        "return np.sort(first), np.sort(second) - 1",
        "test_data.py::test_mnist_sample_is_cut_without_overlap",
    ),
    Fault(
        "a text that is tested is learned from",
        "data/sets/labelled_texts.py",
        "text not in later[part] for",
        "True for",
        "test_labelled_texts.py::test_a_folder_with_tables_for_parts",
    ),
    Fault(
        "the worst epoch is kept for the best",
        "training/checkpoint.py",
        'value > other if direction == "max" else value < other',
        'value < other if direction == "max" else value > other',
        "test_loop.py::test_best_epoch_is_kept_and_test_is_measured_once",
    ),
    Fault(
        "a published file's hash is not compared",
        "runs/store.py",
        '"sha256": hashlib.sha256(path.read_bytes()).hexdigest(),',
        '"sha256": path.name,',
        "test_published.py::test_a_published_run_is_as_its_card_says",
    ),
    Fault(
        "a published file is not checked",
        "runs/store.py",
        "        if listed.get(name) != there.get(name):",
        "        if name not in there:",
        "test_published.py::test_a_file_that_is_another_than_the_card_says_is_not_used",
    ),
    Fault(
        "a checkpoint's checksum is not compared",
        "training/checkpoint.py",
        "    if not whole:\n        raise",
        "    if False:\n        raise",
        "test_resume.py::test_any_flipped_bit_is_noticed",
    ),
    Fault(
        "an export that differs passes",
        "exporting/compare.py",
        "LARGEST_DIFFERENCE = 1e-4",
        "LARGEST_DIFFERENCE = 10",
        "test_export.py::test_an_export_that_differs_is_refused_and_nothing_is_left",
    ),
    Fault(
        "Keras can be imported where an export is checked",
        "exporting/check_subprocess.py",
        'sys.modules["zoo865"] = sys.modules["keras"] = None',
        'sys.modules["zoo865"] = None',
        "test_export.py::test_it_is_checked_where_there_is_neither_zoo865_nor_keras",
    ),
    Fault(
        "a reward is discounted once too often",
        "agents/replay.py",
        "np.float32(self.gamma**step) * self.reward",
        "np.float32(self.gamma ** (step + 1)) * self.reward",
        "test_replay.py::test_transitions_are_those_of_a_walk_through_the_episodes",
    ),
    Fault(
        "ink is inverted where it is right",
        "preprocessing/images.py",
        'tf.logical_not(on_dark) if ink == "light" else on_dark',
        'on_dark if ink == "light" else tf.logical_not(on_dark)',
        "test_preprocessing_images.py::test_framing_equals_numpy_and_pillow",
    ),
    Fault(
        "what the last phase trains learns in every phase",
        "training/build.py",
        "    choose_trainable(run.model, phase)\n",
        "",
        "test_loop.py::test_phases_run_in_order_with_their_own_optimizer_and_layers",
    ),
    Fault(
        "the test's measures are those of the last epoch's weights",
        "training/checkpoint.py",
        '    directory = Path(directory)\n    best, partial = directory / "best.npz"',
        '    directory = Path(directory)\n    best, partial = directory / "last.npz"',
        "test_loop.py::test_best_epoch_is_kept_and_test_is_measured_once",
    ),
)


def is_noticed(fault: Fault, folder: Path) -> bool:
    """Whether the fault's test fails on a copy of the package that has it."""
    source = (PACKAGE / fault.file).read_text()
    if source.count(fault.right) != 1 or fault.right == fault.wrong:
        raise SystemExit(f"{fault.what}: zoo865/{fault.file} does not hold {fault.right!r} once: write the fault anew")
    copy(folder)
    (folder / "zoo865" / fault.file).write_text(source.replace(fault.right, fault.wrong))
    return not passes([fault.test], folder)


def copy(folder: Path):
    """Copies what the tests need."""
    for source in (PACKAGE, TESTS):
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("saved_models", "benchmarks"):
        (folder / name).symlink_to(TESTS.parent / name)
    shutil.copy(TESTS.parent / "pyproject.toml", folder)


def passes(tests: list[str], folder: Path) -> bool:
    """Whether tests, FILE.py::NAME, pass on a copy."""
    names = []
    for test in tests:
        file, _, name = test.partition("::")
        (file,) = (folder / "tests").rglob(file)
        names.append(f"{file}::{name}")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *names]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{', '.join(tests)}: does not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == 0


def main(word: str = ""):
    """Prints a line a fault."""
    faults, missed = [fault for fault in FAULTS if word in fault.what], 0
    if not faults:
        raise SystemExit(f"no fault of {word!r}; there are: {', '.join(fault.what for fault in FAULTS)}")
    with tempfile.TemporaryDirectory() as folder:  # what fails without a fault notices none
        copy(Path(folder))
        if not passes(sorted({fault.test for fault in faults}), Path(folder)):
            raise SystemExit("a test fails on what has no fault: pytest says which")
    for fault in faults:
        with tempfile.TemporaryDirectory() as folder:
            noticed = is_noticed(fault, Path(folder))
        missed += not noticed
        print(f"{'noticed' if noticed else 'MISSED ':8} {fault.what:60} {fault.test}", flush=True)
    raise SystemExit(missed > 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
