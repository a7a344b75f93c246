"""How long a person waits for an answer: whole commands, from the start of Python to its end, beside an earlier build.

    git worktree add ../before 0c3cbb3
    python benchmarks/cold_start.py --before ../before [--rounds 9]

0c3cbb3 is the last build whose commands imported TensorFlow and Keras. Both builds run in the same environment, in
turns, on the same 1,000 digits of MNIST's test, and must answer alike. The earlier build takes many files as arguments;
this one a folder.
"""

import argparse
import csv
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from interleave import ratios, save

HERE = Path(__file__).parents[1]
DIGITS = 1000
FIRST_ANSWER = "import sys, zoo865; print(zoo865.Predictor('mnist_cnn').predict(sys.argv[1]))"


def whole(arguments: list[str], package: Path, folder: Path) -> dict:
    """CPU and wall seconds, peak memory in MB and stdout of a process that finds zoo865 in `package`."""
    environment = {**os.environ, "PYTHONPATH": str(package.resolve())}
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=folder, env=environment, stdout=said, stderr=subprocess.DEVNULL
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        if status:
            raise RuntimeError(f"{' '.join(arguments[:6])} in {package} ended with {status}")
        said.seek(0)
        output = said.read()
    cpu = used.ru_utime + used.ru_stime
    return {
        "cpu": round(cpu, 3),
        "wall": round(wall, 3),
        "peak_memory_mb": round(used.ru_maxrss / 1024),
        "said": output,
    }


def write_digits(folder: Path) -> list[str]:
    """Writes digits of MNIST's test as PNG files, the first 200 also in folders of their classes; all paths."""
    from PIL import Image

    from zoo865.data.load import load_data

    (folder / "digits").mkdir()
    test, paths = load_data("mnist").test.take(range(DIGITS)), []
    for number, (image, label) in enumerate(zip(test["image"], test["label"], strict=True)):
        paths.append(f"digits/{number:04}.png")
        Image.fromarray(image[..., 0]).save(folder / paths[-1])
        if number < 200:
            (folder / "classes" / str(label)).mkdir(exist_ok=True, parents=True)
            os.link(folder / paths[-1], folder / "classes" / str(label) / f"{number}.png")
    return paths


def probabilities(said: str) -> list[dict]:
    """The probabilities of every answer of `predict --json`."""
    return [answer["probabilities"] for answer in json.loads(said)]


def largest_difference(one: list[dict], other: list[dict]) -> float:
    """Between the probabilities of two lists of answers."""
    pairs = zip(one, other, strict=True)
    return max(abs(float(ours[name]) - float(theirs[name])) for ours, theirs in pairs for name in theirs)


def main(before: Path, rounds: int):
    """Times all, writes results/cold_start.json."""
    command = ["-m", "zoo865.cli.main"]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        # In a process of its own: the peak memory of those measured begins at that of this one.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            digits = process.submit(write_digits, folder).result()
        ask = [*command, "predict", "mnist_cnn"]
        both = {
            "predict": [*ask, digits[0]],
            "generate": [*command, "generate", "vae", "--out", "made.png"],
            "generate pixelcnn": [*command, "generate", "pixelcnn", "--count", "1", "--out", "made.png"],
            "play": [*command, "play", "dqn_cartpole"],
            "evaluate": [*command, "evaluate", "mnist_cnn", "--data", "classes"],
            "Predictor": ["-c", FIRST_ANSWER, digits[0]],
        }
        ways = {f"{name} {build}": (both[name], build) for name in both for build in ("before", "now")}
        ways["1,000 digits before"] = ([*ask, *digits], "before")
        ways["1,000 digits now"] = ([*ask, "digits", "--out", "answers.csv"], "now")
        builds, measured = {"before": before, "now": HERE}, {way: [] for way in ways}
        for number in range(-1, rounds):
            for way, (arguments, build) in sorted(ways.items(), reverse=number % 2 == 1):
                found = whole(arguments, builds[build], folder)
                del found["said"]
                print(f"round {number + 1}/{rounds}  {way:<28} {found}", file=sys.stderr)
                if number >= 0:
                    measured[way].append(found)
        theirs = probabilities(whole([*ask, *digits, "--json"], before, folder)["said"])
        ours = probabilities(whole([*ask, "digits", "--json"], HERE, folder)["said"])
        with open(folder / "answers.csv", newline="") as file:
            written = [
                {name: row[f"probability of {name}"] for name in theirs[0]}
                for row in sorted(csv.DictReader(file), key=lambda row: row["file"])
            ]
    pairs = [(f"{name} before", f"{name} now") for name in (*both, "1,000 digits")]
    middle = lambda way, key: round(statistics.median(turn[key] for turn in measured[way]), 3)  # noqa: E731
    save(
        "cold_start",
        rounds=rounds,
        before="0c3cbb3",
        largest_difference={
            "1,000 digits": largest_difference(ours, theirs),
            "in the CSV": largest_difference(written, theirs),
        },
        ratios=ratios(measured, pairs),
        median={way: {key: middle(way, key) for key in ("cpu", "wall", "peak_memory_mb")} for way in measured},
        measured=measured,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--before", type=Path, required=True, help="a worktree of 0c3cbb3")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    main(given.before, given.rounds)
