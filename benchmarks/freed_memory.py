"""How much faster training is where freed memory is kept for the next step (zoo865/training/memory.py).

    python benchmarks/freed_memory.py

The same batches of an epoch of mnist_cnn, 20 of 128 images, and of sentiment_lstm, 39 of 64 reviews, in float32, with
and without.
"""

import argparse

from interleave import interleaved, ratios, save

BATCHES = {"mnist_cnn": 20, "sentiment_lstm": 39}


def training(system: str, batches: int, kept: bool = True, callbacks=list):
    """The first batches of a system, fitted once a round."""
    import tensorflow as tf

    import zoo865
    from zoo865.training.build import build_model, choose_trainable, load
    from zoo865.training.memory import keep_freed_memory

    recipe = zoo865.get_recipe(system)
    if system == "sentiment_lstm":
        recipe = recipe.override({"model_args.weights": None})
    data = load(recipe)
    model = build_model(recipe, data.spec)
    choose_trainable(model, recipe.phases[0])
    feed = recipe.batches.open(data, batch_size=recipe.batch_size, seed=0)
    feed.begin_epoch(0)
    first = list(feed.dataset.take(batches))
    dataset = tf.data.Dataset.from_generator(lambda: iter(first), output_signature=feed.dataset.element_spec)
    model.compile("adamw", **recipe.task.compile_args(data.spec), jit_compile=False)
    if kept:
        keep_freed_memory()
    watching = callbacks()
    return lambda number: model.fit(dataset, callbacks=watching, verbose=0) and None


def main(rounds: int):
    """Writes results/freed_memory.json."""
    ways = {
        f"{system}, {what}": (training, (system, batches, what == "kept"))
        for system, batches in BATCHES.items()
        for what in ("kept", "given back")
    }
    measured = interleaved(ways, rounds)
    pairs = [(f"{system}, given back", f"{system}, kept") for system in BATCHES]
    save("freed_memory", rounds=measured, ratios=ratios(measured, pairs))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    main(parser.parse_args().rounds)
