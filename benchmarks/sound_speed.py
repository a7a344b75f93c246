"""How fast wavenet draws one sound, four ways: samples a second, and of how many sounds that are played meanwhile.

    taskset -c 0 python benchmarks/sound_speed.py

The same network, with fresh weights. "whole network": as code for WaveNets usually does, all samples that it hears pass
it again for each new one, by a `tf.function` that was called before. The other three keep what layers heard:
`SoundStream` in NumPy, and the export's `stream` by ONNX Runtime and by TensorFlow, which XLA compiled before; both as
`zoo865 generate` calls them, one second of sound. tests/models/test_wavenet.py holds that all have the same logits.
"""

import argparse
import shutil
import statistics
from pathlib import Path

from interleave import alone, interleaved, save

RATE, DIGIT, SPEAKER = 8000, 7, 4
EXPORT = Path("runs") / "sound_speed_benchmark"


def network():
    """The recipe's, with fresh weights, and of which sound."""
    import keras

    import zoo865

    keras.utils.set_random_seed(0)
    recipe = zoo865.get_recipe("wavenet")
    model = recipe.model(conditions={"digit": 10, "speaker": 6}, rate=RATE, **recipe.model_args)
    return model, {"digit": DIGIT, "speaker": SPEAKER}


def export():
    """Writes what is served."""
    import zoo865
    from zoo865.data.sets.spoken_digits import SPEC
    from zoo865.tasks.audio_generation import AudioGeneration

    shutil.rmtree(EXPORT, ignore_errors=True)  # of a benchmark that was broken off
    zoo865.export(network()[0], EXPORT, task=AudioGeneration(), spec=SPEC)


def whole(samples: int):
    """The whole network once for each sample."""
    import numpy as np
    import tensorflow as tf

    from zoo865.models.wavenet import FRAME, drawn
    from zoo865.preprocessing.mu_law import SILENCE

    model, of_class = network()
    of_class = {name: np.array([number], "int32") for name, number in of_class.items()}
    heard = -(-(1 + sum(model.dilations)) // FRAME) * FRAME  # the 1,023 samples before, and the next one

    @tf.function(autograph=False)
    def next_level(levels, first, noise):
        return drawn(model.logits(levels, first, first * 0 + RATE, of_class)[:, -1], noise)

    def run(number):
        random, levels = np.random.default_rng(number % 2), np.full((1, heard), SILENCE, "int32")
        for place in range(samples):  # the last of the levels is asked for
            first, noise = np.array([max(0, place - heard)], "int32"), random.random(1, "float32")
            levels[:, -1] = next_level(levels, first, noise).numpy()
            levels = np.roll(levels, -1, 1)
        return samples

    return run


def in_numpy(samples: int):
    """Sample by sample, nothing compiled."""
    import numpy as np

    from zoo865.exporting.sound_stream import SoundStream

    model, of_class = network()

    def run(number):
        stream = SoundStream(model, samples, of_class)
        for noise in np.random.default_rng(number % 2).random(samples):
            stream.draw(noise)
        return samples

    return run


def exported(engine: str, samples: int):
    """The export, as `zoo865 generate` has it."""
    import zoo865
    from zoo865.exporting.sounds_out import draw_sounds

    predictor = zoo865.Predictor(EXPORT, engine=engine)
    classes = {"digit": str(DIGIT), "speaker": predictor.spec.labels["speaker"].names[SPEAKER]}

    def run(number):
        (sound,) = draw_sounds(predictor, 1, seed=number % 2, seconds=samples / RATE, classes=classes)
        return len(sound.samples)

    return run


def main(rounds: int):
    """Times all four, writes results/sound_speed.json."""
    alone(export)
    ways = {
        "whole network": (whole, (200,)),
        "NumPy": (in_numpy, (RATE,)),
        "ONNX Runtime": (exported, ("onnx", RATE)),
        "TensorFlow, XLA": (exported, ("tensorflow", RATE)),
    }
    measured = interleaved(ways, rounds)
    shutil.rmtree(EXPORT)
    each = {
        name: {clock: [turn["result"] / turn[clock] for turn in turns] for clock in ("cpu", "wall")}
        for name, turns in measured.items()
    }
    slowest = each["whole network"]
    speeds = {
        name: {
            "samples a second": {clock: spread(found[clock]) for clock in found},
            "times as fast": {
                clock: spread([a / b for a, b in zip(found[clock], slowest[clock], strict=True)]) for clock in found
            },
            "times real time": spread([one / RATE for one in found["wall"]]),
        }
        for name, found in each.items()
    }
    save("sound_speed", rate=RATE, speeds=speeds, measured=measured)


def spread(values: list[float]) -> dict:
    """Median and range."""
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    main(parser.parse_args().rounds)
