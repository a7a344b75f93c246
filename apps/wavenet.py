"""WaveNet: sound sample by sample, each drawn after listening to what came before it.

python apps/wavenet.py                            # spoken digits: an hour
python apps/wavenet.py --data generated_sounds    # a first look: a minute
"""

import argparse

import numpy as np

import zoo865
from zoo865.exporting.sound_stream import SoundStream
from zoo865.exporting.sounds_out import draw_sounds, write_sounds
from zoo865.preprocessing.mu_law import LEVELS, mu_law_levels, mu_law_samples


def main(data_name: str, epochs: int | None):
    """Levels, training, likelihoods, a new sound, how a sound goes on."""
    # What is modelled: 8,000 times a second one of 256 levels, which lie closer where it is quiet (mu-law).
    data = zoo865.load_data(data_name)
    sound = data.test.take([0])["sound"][0]
    levels = mu_law_levels(sound)
    print(f"{len(sound):,} samples, {len(np.unique(levels))} of {LEVELS} levels; they are heard as")
    print(f"they were but for {np.abs(mu_law_samples()[levels] - sound).max():.3f}")

    # The model: see zoo865/models/wavenet.py. The loss is the exact negative log-likelihood of a sample.
    recipe = zoo865.get_recipe("wavenet").override({"data": data_name, **({"epochs": epochs} if epochs else {})})
    run = zoo865.train(recipe)
    print(f"bits a sample: {run.metrics['test']['bits']:.2f}; with all levels equally likely there would be 8")

    # Drawn sample by sample: noise, and a class of each label. One after the other, each is fed the last one.
    of_class = dict.fromkeys(run.model.conditions, 0)
    stream = SoundStream(run.model, 2000, of_class)
    drawn = [stream.draw(noise) for noise in np.random.default_rng(0).random(2000)]
    print(f"the first of {len(drawn):,} levels: {drawn[:10]}")

    # Bayes' rule: of which class a sound is likeliest, asked of the export; and new sounds by it.
    predictor = zoo865.Predictor(zoo865.export(run))
    print(predictor.predict(sound)[0])
    print(f"listen: {write_sounds(draw_sounds(predictor, 10), run.path / 'new.wav')}")

    # The first half of a real sound, and what the model makes of it.
    half = sound[: len(sound) // 2]
    going_on = draw_sounds(predictor, 3, begin=half, seconds=len(sound) / data.spec.sound.rate)
    print(f"listen: {write_sounds(going_on, run.path / 'continued.wav')}")

    # Report: new sounds to play in the page.
    print(f"open in a browser: {zoo865.report(run)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="spoken_digits", help="spoken_digits, generated_sounds, or a folder")
    parser.add_argument("--epochs", type=int, help="number of epochs (default: the recipe's)")
    arguments = parser.parse_args()
    main(arguments.data, arguments.epochs)
