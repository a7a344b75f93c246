"""How long an epoch of reviews takes: sentiment_lstm against keras.io's bidirectional LSTM.

    pip install 'zoo865[glove]'
    python benchmarks/sentiment_speed.py

As many of IMDb's training reviews for both: 4,992. sentiment_lstm reads up to 800 words of each, in batches of 64
reviews of similar length, every round others of an epoch's;
https://keras.io/examples/nlp/bidirectional_lstm_imdb/, two bidirectional LSTMs of 64 over learned embeddings, reads
200, in batches of 32 that are padded to 200. The zoo's loop keeps freed memory (zoo865/training/memory.py); keras.io's
network, 2 % of whose CPU time is the system's, would gain no more than that by it.
"""

import argparse

from interleave import interleaved, ratios, save
from sentiment import keras_io_model, numbered

EXAMPLES = 4_992


def zoo():
    """Batches of `sentiment_lstm`, as the loop fits it, but six steps at once, which divide them."""
    import keras

    import zoo865
    from zoo865.training.build import build_model, choose_trainable, load
    from zoo865.training.memory import keep_freed_memory

    keep_freed_memory()
    recipe = zoo865.get_recipe("sentiment_lstm")
    data = load(recipe)
    model = build_model(recipe, data.spec)
    choose_trainable(model, recipe.phases[0])
    feed = recipe.batches.open(data, batch_size=recipe.batch_size, seed=0)
    steps = EXAMPLES // recipe.batch_size
    optimizer = keras.optimizers.AdamW(1e-3, global_clipnorm=1.0)
    model.compile(optimizer, **recipe.task.compile_args(data.spec), steps_per_execution=6, jit_compile=False)

    def run(number):
        feed.begin_epoch(number + 1)
        model.fit(feed.dataset.take(steps), verbose=0)

    return run


def keras_io():
    """An epoch of keras.io's network."""
    words, labels = numbered("train", train_examples=EXAMPLES)
    model = keras_io_model()

    def run(number):
        model.fit(words, labels, batch_size=32, verbose=0)

    return run


def main(rounds: int):
    """Writes results/sentiment_speed.json."""
    measured = interleaved({"keras.io": (keras_io, ()), "zoo": (zoo, ())}, rounds)
    save("sentiment_speed", rounds=measured, ratios=ratios(measured, [("keras.io", "zoo")]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    main(parser.parse_args().rounds)
