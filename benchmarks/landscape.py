"""What a landscape costs: mnist_cnn's loss for 500 images at 25 x 25 places, beside 625 bare forward passes.

    python benchmarks/landscape.py --data mnist_sample --rounds 3

Both answer the same images, in a graph, all at once. The surface also moves the weights at every place, and takes the
loss of what is answered; the bare passes always ask the same weights, and nothing else.
"""

import statistics

from interleave import from_command_line, interleaved, ratios, save

SYSTEM = "mnist_cnn"


def asked(data_name: str):
    """The network with its first weights, its loss, images and labels."""
    import numpy as np

    from zoo865.data.load import load_data
    from zoo865.explain.landscape import EXAMPLES
    from zoo865.preprocessing import prepared
    from zoo865.registry import get_recipe
    from zoo865.training.build import build_model

    data, recipe = load_data(data_name), get_recipe(SYSTEM)
    examples = data.train.take(np.arange(EXAMPLES))
    model, loss = build_model(recipe, data.spec), recipe.task.compile_args(data.spec)["loss"]
    return model, loss, np.asarray(prepared(data.spec, examples)), examples["label"]


def of_the_surface(data_name: str):
    """As the page computes it; of a row alone where it warms up."""
    import numpy as np

    from zoo865.explain.landscape import POINTS, REACH, mean_loss, on_plane, random_direction, surface

    model, loss, images, labels = asked(data_name)
    ask = mean_loss(model, loss, images, labels, len(images))
    height = on_plane(ask, model, [random_direction(model, seed) for seed in (1, 2)])
    side = np.linspace(-REACH, REACH, POINTS)
    return lambda number: list(surface(height, side, side if number >= 0 else side[:1]).shape)


def of_the_passes(data_name: str):
    """The network alone, as often."""
    import keras

    from zoo865.explain.landscape import POINTS
    from zoo865.explain.paths import compile_function

    model, _, images, _ = asked(data_name)
    answer, images = compile_function(lambda x: model(x, training=False)), keras.ops.convert_to_tensor(images)

    def run(number):
        for _ in range(POINTS**2 if number >= 0 else POINTS):
            found = keras.ops.convert_to_numpy(answer(images))
        return list(found.shape)

    return run


def main(data_name: str, rounds: int):
    """Times both, writes results/landscape.json."""
    ways = {"surface": (of_the_surface, (data_name,)), "forward passes": (of_the_passes, (data_name,))}
    measured = interleaved(ways, rounds)
    seconds = {clock: statistics.median(turn[clock] for turn in measured["surface"]) for clock in ("cpu", "wall")}
    compared = ratios(measured, [("surface", "forward passes")])
    save("landscape", data=data_name, seconds_of_a_surface=seconds, ratios=compared, measured=measured)


if __name__ == "__main__":
    from_command_line(main, __doc__)
