"""A batch in which all pairs teach, against a network of two towers that is given pairs.

    python benchmarks/two_towers.py

The network of `siamese` learns from Omniglot's 24 alphabets, and 6 others validate (data "omniglot"): the same images,
changed in the same way, 256 in a step, AdamW at 0.001. "pairs": a Keras model of two inputs, both of which go through
the network; half of 128 pairs are of one class; the contrastive loss (Hadsell, Chopra, LeCun 2006), margin 1, of the
two vectors' distance. "batch": `contrastive` of zoo865, which is that of distances and not of their squares, the mean
of pairs that are not yet right, over all pairs of 64 classes with 4 each. "supervised contrastive": the loss of the
recipe over the same. No rate was tuned for any. After 2 and 5 CPU minutes of training: the share of queries not
recognised among 20 classes of one alphabet, by one example each; three seeds.
"""

import argparse
import multiprocessing
import os

from interleave import RESULTS, THREADS, Clock, save

os.environ |= dict.fromkeys(THREADS, "1") | {"TF_CPP_MIN_LOG_LEVEL": "3"}
WAYS = ("pairs", "batch", "supervised contrastive")
BUDGETS = (120, 300)  # CPU seconds
IMAGES = 256  # in a step


def two_towers(network):
    """Two pictures -> how far apart they are: one network, called twice."""
    import keras
    from keras import ops

    first, second = (keras.Input(network.input_shape[1:], name=name) for name in ("first", "second"))
    squared = ops.sum(ops.square(network(first) - network(second)), axis=-1)
    return keras.Model([first, second], ops.sqrt(ops.maximum(squared, 1e-6)))


def contrastive_of_pairs(same, distances):
    """Hadsell's loss of (pairs,) distances, where `same` is 1 for those of one class."""
    from keras import ops

    same = ops.cast(ops.reshape(same, (-1,)), "float32")
    return same * ops.square(distances) + (1 - same) * ops.square(ops.relu(1.0 - distances))


def as_pairs(images, labels):
    """Two examples each of 128 classes -> 64 pairs of one class and 64 of two, and which they are."""
    import tensorflow as tf

    first, second = images[::2], images[1::2]
    half = IMAGES // 4
    second = tf.concat([second[:half], tf.roll(second[half:], 1, axis=0)], axis=0)
    return {"first": first, "second": second}, tf.repeat([1, 0], half)


def one_shot_error(way: str, seed: int) -> dict[str, float]:
    """CPU seconds of training -> validation error."""
    import keras

    import zoo865
    from zoo865.batches.class_balanced import ClassBalanced
    from zoo865.losses.metric_learning import MetricLearning
    from zoo865.training.build import build_model, load

    recipe = zoo865.get_recipe("siamese").override({"data": "omniglot"})
    data = load(recipe)
    keras.utils.set_random_seed(seed)
    model = network = build_model(recipe, data.spec)
    each, loss = 4, MetricLearning("contrastive" if way == "batch" else "supervised_contrastive")
    if way == "pairs":
        each, model, loss = 2, two_towers(network), contrastive_of_pairs
    feed = ClassBalanced(each, augment=recipe.batches.augment, turns=True).open(data, batch_size=IMAGES, seed=seed)
    dataset = feed.dataset.map(as_pairs) if way == "pairs" else feed.dataset
    model.compile(keras.optimizers.AdamW(1e-3), loss=loss)
    clock, errors = Clock(), {}
    measured = clock.aside(lambda: 1 - recipe.task.measure(network, data, "validation")["one_shot_accuracy"])

    class AtBudgets(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            due = [budget for budget in BUDGETS if str(budget) not in errors and clock.read()["cpu"] >= budget]
            if due:
                errors[str(due[0])] = measured()
                self.model.stop_training = due[0] == BUDGETS[-1]

        def on_epoch_begin(self, epoch, logs=None):
            feed.begin_epoch(epoch)

    model.fit(dataset, epochs=10**6, callbacks=[AtBudgets()], verbose=0)
    return errors


def main(seeds: list[int]):
    """Writes results/two_towers.json, where what was measured is not measured again."""
    from zoo865.files import read_json

    path = RESULTS / "two_towers.json"
    runs = read_json(path)["runs"] if path.is_file() else {}
    for seed in seeds:
        for way in WAYS:
            if (name := f"{way}, seed {seed}") not in runs:
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    runs[name] = pool.apply(one_shot_error, (way, seed))
                save("two_towers", runs=runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    main(parser.parse_args().seeds)
