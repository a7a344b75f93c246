"""What wavenet is worth: its bits a sample beside codes without a network, and what judges hear in its new sounds.

    python benchmarks/spoken_digits.py runs/wavenet/seed-*

The codes (sound_codes.py) are of the network's own 256 mu-law levels, of the 300 test sounds. What they learn, they
learn from the training sounds, and what is to be chosen the validation sounds choose. "Markov, order n" knows the n
levels before. "linear prediction" guesses a sample from the 16 before it, by least squares over the training sounds;
"adaptive", over what was heard of the same sound, the recent counting more. FLAC and xz pack all test sounds into one
file, which is less than one by one.

The judges are two runs of sound_cnn, which learned from real sounds which digit is said, or who says it. They hear the
real test sounds; white noise with the envelopes of those; and 300 new sounds of each run, 5 of every digit by every
speaker, as long as training sounds of those; all as 256 levels.

CPU seconds include reading the data. results/spoken_digits.json keeps what was measured; what is in it is not measured
again. The judges stay in runs/spoken_digits_benchmark/.
"""

import argparse
import os
import shutil
import time
from pathlib import Path

import numpy as np
import sound_codes as codes
from interleave import RESULTS, THREADS, alone, save

import zoo865
from zoo865.data.spec import Arrays
from zoo865.preprocessing.mu_law import mu_law_levels, mu_law_samples

os.environ |= dict.fromkeys(THREADS, "1") | {"TF_CPP_MIN_LOG_LEVEL": "3"}  # of the processes that measure
RESULT, RUNS = RESULTS / "spoken_digits.json", Path("runs") / "spoken_digits_benchmark"
ENVELOPE = 160  # samples over which the loudness of a sound is taken
EACH = 5  # new sounds of every digit by every speaker
TOGETHER, MULTIPLE = 50, 512  # how many are drawn at once, and of how many samples their number is a multiple


def judge(of: str) -> dict:
    """Trains the judge of digits or of speakers."""
    shutil.rmtree(RUNS / of, ignore_errors=True)  # of a benchmark that was broken off
    recipe = zoo865.get_recipe("sound_cnn").override({"data_args.label": of.removesuffix("s")})
    if of == "speakers":  # whom pitch and timbre give away
        recipe = recipe.override({"batches.augment": "none"})
    run = zoo865.train(recipe, seed=0, run_dir=RUNS / of)
    return {split: run.metrics[split] for split in ("validation", "test")}


def heard(judge_of_digits, judge_of_speakers, sounds, digits, speakers) -> dict:
    """What judges hear in sounds.

    Args:
        judge_of_digits, judge_of_speakers: their runs.
        sounds: (samples,) float32 in [-1, 1] each.
        digits, speakers: (sounds,) which should be heard.

    Returns:
        The shares of sounds whose "digits" and "speakers" are heard, and "each_digit" of those that should be it; the
        share of "silent" ones, not a quarter as loud as the quietest hundredth of training sounds.
    """
    from zoo865.inference import predictions

    right = []
    for run, wanted in ((judge_of_digits, digits), (judge_of_speakers, speakers)):
        logits = [outputs for _, outputs in predictions(run.model, run.spec, Arrays(sound=sounds))]
        right.append(np.concatenate(logits).argmax(1) == wanted)
    quiet = np.quantile(loudness(judge_of_digits.data.train.arrays["sound"]), 0.01) / 4
    return {
        "digits": float(right[0].mean()),
        "speakers": float(right[1].mean()),
        "each_digit": [float(right[0][digits == digit].mean()) for digit in np.unique(digits)],
        "silent": float((loudness(sounds) < quiet).mean()),
    }


def loudness(sounds):
    """(sounds,) root of the mean square of each."""
    return np.array([np.sqrt(np.mean(one**2)) for one in sounds])


def judged(sounds, labels) -> dict:
    """What the judges of this benchmark hear."""
    return heard(zoo865.Run(RUNS / "digits"), zoo865.Run(RUNS / "speakers"), sounds, labels["digit"], labels["speaker"])


def control(of_noise: bool) -> dict:
    """What is heard in the real test sounds, or in white noise that is as loud as they are at every time."""
    from scipy.ndimage import uniform_filter1d

    from zoo865.batches.whole_sounds import levels_and_labels

    data, random = zoo865.load_data("spoken_digits"), np.random.default_rng(0)
    levels, labels = levels_and_labels(data.test, data.spec)
    sounds = [mu_law_samples()[one] for one in levels]
    if of_noise:
        loud = [np.sqrt(uniform_filter1d(one**2, ENVELOPE)) for one in sounds]
        sounds = [mu_law_samples()[mu_law_levels(one * random.standard_normal(len(one)))] for one in loud]
    return judged(sounds, labels)


def trained(path: str) -> dict:
    """What was measured of a run, and what is heard in its new sounds."""
    run, began = zoo865.Run(path), time.process_time()
    sounds, labels = new_sounds(run)
    return {"test": run.metrics["test"], "cpu, drawing": time.process_time() - began, **judged(sounds, labels)}


def new_sounds(run):
    """New sounds of every digit by every speaker, (samples,) float32 each; and name -> (sounds,) int32, their labels.

    Args:
        run: of a network that learned the spoken digits.
    """
    import tensorflow as tf

    from zoo865.batches.whole_sounds import levels_and_labels

    levels, known = levels_and_labels(run.data.train, run.spec)
    real, random = np.array([len(one) for one in levels]), np.random.default_rng(0)
    counts = [len(label.names) for label in run.spec.labels.values()]
    pairs = np.indices(counts, "int32").reshape(2, -1).repeat(EACH, 1)
    labels = dict(zip(run.spec.labels, pairs, strict=True))
    alike = (known["digit"] == labels["digit"][:, None]) & (known["speaker"] == labels["speaker"][:, None])
    lengths = np.array([random.choice(real[rows]) for rows in alike], "int32")
    generate = tf.function(run.model.generate, jit_compile=True, autograph=False)
    sounds = [None] * len(lengths)
    for rows in np.array_split(np.argsort(lengths), -(-len(lengths) // TOGETHER)):
        noise = random.random((len(rows), -(-lengths[rows].max() // MULTIPLE) * MULTIPLE), "float32")
        drawn = generate(noise, lengths[rows], {name: label[rows] for name, label in labels.items()})
        for row, one in zip(rows, np.asarray(drawn), strict=True):
            sounds[row] = mu_law_samples()[one[: lengths[row]]]
    return sounds, labels


def timed(function, *arguments) -> dict:
    """What a function gives, and its CPU seconds."""
    began = time.process_time()
    return function(*arguments) | {"cpu": time.process_time() - began}


def main(paths: list[str]):
    """Measures what is missing; writes results/spoken_digits.json after each."""
    from zoo865.files import read_json

    wanted = {
        "codes": {
            "uniform": (codes.uniform,),
            "unigram": (codes.markov, 0),
            "Markov, order 1": (codes.markov, 1),
            "Markov, order 2": (codes.markov, 2),
            "linear prediction": (codes.linear_prediction, (None,)),
            "linear prediction, adaptive": (codes.linear_prediction, codes.MEMORIES),
            "FLAC": (codes.flac,),
            "xz": (codes.xz,),
        },
        "judges": {of: (judge, of) for of in ("digits", "speakers")},
        "controls": {"real test sounds": (control, False), "noise with their envelopes": (control, True)},
        "runs": {"/".join(Path(path).parts[-2:]): (trained, path) for path in paths},
    }
    before = read_json(RESULT) if RESULT.is_file() else {}
    found = {kind: before.get(kind, {}) for kind in wanted}
    to_hear = wanted["runs"].keys() - found["runs"].keys()
    for kind, ways in wanted.items():
        for name, call in ways.items():
            lost = kind == "judges" and to_hear and not (RUNS / name / "metrics.json").is_file()
            if name not in found[kind] or lost:
                found[kind][name] = alone(timed, *call)
                save("spoken_digits", **found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("trained", nargs="*", help="folders of trained runs of wavenet")
    main(parser.parse_args().trained)
