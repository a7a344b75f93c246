"""sound_cnn hears digits from somebody it never heard: each of the six speakers is left out of training once.

    python benchmarks/speakers_apart.py --seeds 0-4

The test is all 500 recordings of the speaker who is left out. Of the others, those validate that do in "spoken_digits",
and all the rest train. Beside it logistic regression (scikit-learn) on the same parts: of each sound 32 times of 24 mel
bands, in decibels, standardised. Chance is 10 %.

results/speakers_apart.json keeps what was measured; what is in it is not measured again.
"""

import argparse
import os
import shutil
import statistics
import time
from pathlib import Path

import numpy as np
from interleave import RESULTS, THREADS, alone, save

import zoo865
from zoo865.data.sets.spoken_digits import RATE, SPEAKERS, spoken_digits
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.registry import dataset

os.environ |= dict.fromkeys(THREADS, "1") | {"TF_CPP_MIN_LOG_LEVEL": "3"}  # of the processes that measure
RESULT, RUNS = RESULTS / "speakers_apart.json", Path("runs") / "speakers_apart_benchmark"
BANDS, TIMES = 24, 32
REGRESSION = "logistic regression"


@dataset
def without_george() -> Data:
    """Digits of all but one speaker, and as the test digits of this one."""
    return without("george")


@dataset
def without_jackson() -> Data:
    """Digits of all but one speaker, and as the test digits of this one."""
    return without("jackson")


@dataset
def without_lucas() -> Data:
    """Digits of all but one speaker, and as the test digits of this one."""
    return without("lucas")


@dataset
def without_nicolas() -> Data:
    """Digits of all but one speaker, and as the test digits of this one."""
    return without("nicolas")


@dataset
def without_theo() -> Data:
    """Digits of all but one speaker, and as the test digits of this one."""
    return without("theo")


@dataset
def without_yweweler() -> Data:
    """Digits of all but one speaker, and as the test digits of this one."""
    return without("yweweler")


def without(speaker: str) -> Data:
    """The spoken digits, one speaker the test."""
    whole, number = spoken_digits(), SPEAKERS.index(speaker)
    parts: dict[str, list] = {"train": [], "validation": [], "test": []}
    for part in parts:
        arrays = whole.split(part).arrays
        for sound, digit, says in zip(arrays["sound"], arrays["digit"], arrays["speaker"], strict=True):
            to = "test" if says == number else "validation" if part == "validation" else "train"
            parts[to].append((sound, digit))
    splits = {
        part: Arrays(sound=[sound for sound, _ in rows], label=np.array([digit for _, digit in rows]))
        for part, rows in parts.items()
    }
    spec = Spec(whole.spec.inputs, {"label": whole.spec.targets["digit"]})
    return Data(f"without_{speaker}", spec, **splits)


def network(speaker: str, seed: int) -> dict:
    """Trains and measures sound_cnn."""
    began, place = time.process_time(), RUNS / f"{speaker}-{seed}"
    shutil.rmtree(place, ignore_errors=True)  # of a benchmark that was broken off
    recipe = zoo865.get_recipe("sound_cnn").override({"data": f"{__file__}:without_{speaker}"})
    run = zoo865.train(recipe, seed=seed, run_dir=place)
    return {"accuracy": run.metrics["test"]["accuracy"], "cpu": time.process_time() - began}


def regression(speaker: str, seed: int) -> dict:
    """Fits and measures logistic regression."""
    import keras
    from scipy.ndimage import zoom
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    began, data = time.process_time(), without(speaker)
    mel = keras.layers.MelSpectrogram(256, 80, sampling_rate=RATE, num_mel_bins=BANDS, min_freq=60, top_db=300.0)

    def pictures(split):
        found = [
            np.asarray(mel(np.pad(sound, (0, max(0, 512 - len(sound))))[None]))[0] for sound in split.arrays["sound"]
        ]
        return np.stack([zoom(one, (1, TIMES / one.shape[1]), order=1).ravel() for one in found])

    scaler = StandardScaler().fit(train := pictures(data.train))
    fitted = LogisticRegression(max_iter=1000).fit(scaler.transform(train), data.train.labels)
    accuracy = fitted.score(scaler.transform(pictures(data.test)), data.test.labels)
    return {"accuracy": float(accuracy), "cpu": time.process_time() - began}


def main(seeds: range):
    """Measures what is missing; writes results/speakers_apart.json after each."""
    from zoo865.files import read_json

    found = read_json(RESULT)["speakers"] if RESULT.is_file() else {}
    found = {speaker: found.get(speaker, {}) for speaker in SPEAKERS}
    for speaker, measured in found.items():
        wanted = {REGRESSION: (regression, 0)} | {f"sound_cnn, seed {seed}": (network, seed) for seed in seeds}
        for name, (way, seed) in wanted.items():
            if name not in measured:
                measured[name] = alone(way, speaker, seed)
                save("speakers_apart", speakers=found)
    for name in next(iter(found.values())):
        print(name, statistics.mean(one[name]["accuracy"] for one in found.values() if name in one))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", default="0-4", help="the first and the last")
    first, last = map(int, parser.parse_args().seeds.split("-"))
    main(range(first, last + 1))
