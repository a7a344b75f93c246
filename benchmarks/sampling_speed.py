"""How fast PixelCNN draws: what was found stays kept, and each pixel passes the network once; or all of it per pixel.

    python benchmarks/sampling_speed.py

The same network and noise, 64 images of 28 x 28, both compiled. The other way runs the whole network 784 times, once
for each pixel, as code for PixelCNN usually does. tests/models/test_pixelcnn.py holds that both have the same logits.
"""

from interleave import from_command_line, interleaved, ratios, save

COUNT, SHAPE = 64, (28, 28, 1)


def network():
    """The recipe's, with fresh weights, and the noise."""
    import keras
    import numpy as np

    import zoo865

    keras.utils.set_random_seed(0)
    recipe = zoo865.get_recipe("pixelcnn")
    model = recipe.model(image_shape=SHAPE, **recipe.model_args)
    return model, np.random.default_rng(0).random((COUNT, *SHAPE)).astype("float32")


def cached(data_name: str):
    """`generate`."""
    import tensorflow as tf

    model, noise = network()
    generate = tf.function(model.generate)

    def run(number):
        return float(generate(noise).numpy().mean())

    return run


def whole(data_name: str):
    """The whole network once for each pixel."""
    import numpy as np
    import tensorflow as tf

    model, noise = network()
    logits = tf.function(model.logits)

    def run(number):
        image = np.zeros_like(noise)
        for row, column in np.ndindex(*SHAPE[:2]):
            odds = logits(image).numpy()[:, row, column]
            image[:, row, column] = noise[:, row, column] < 1 / (1 + np.exp(-odds))
        return float(image.mean())

    return run


def main(data_name: str, rounds: int):
    """Times both, writes results/sampling_speed.json."""
    ways = {"cached": (cached, (data_name,)), "whole network": (whole, (data_name,))}
    measured = interleaved(ways, rounds)
    save("sampling_speed", images=COUNT, ratios=ratios(measured, [("whole network", "cached")]), measured=measured)


if __name__ == "__main__":
    from_command_line(main, __doc__)
