"""How fast Grad-CAM is beside tf-keras-vis': 64 images of 160 x 160 pixels, MobileNetV2, in a batch and one by one.

    python benchmarks/grad_cam_speed.py

The same network (random weights) and images; maps of the last layer, as large as it gives them, for the same classes.
tf-keras-vis is called as its examples do, with a `Gradcam` that is made once. tests/visualize/test_visualize.py holds
that both give the same maps.
"""

from interleave import from_command_line, interleaved, ratios, save

COUNT, SHAPE, LAYER = 64, (160, 160, 3), "out_relu"


def asked():
    """The network, images, and a class for each."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    model = keras.applications.MobileNetV2(weights=None, input_shape=SHAPE, classifier_activation=None)
    images = np.random.default_rng(0).random((COUNT, *SHAPE), "float32")
    return model, images, np.arange(COUNT)


def ours(size: int):
    """`grad_cam`, so many images a call."""
    from zoo865.visualize.class_activation import grad_cam

    model, images, classes = asked()

    def run(number):
        for start in range(0, COUNT, size):
            maps = grad_cam(model, images[start : start + size], classes[start : start + size], LAYER)
        return list(maps.shape)

    return run


def theirs(size: int):
    """tf-keras-vis' Gradcam, so many images a call."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    model, images, classes = asked()
    gradcam = Gradcam(model, clone=False)
    options = {"penultimate_layer": LAYER, "expand_cam": False, "normalize_cam": False}
    options["seek_penultimate_conv_layer"] = False  # the layer itself, not the convolution before it

    def run(number):
        for start in range(0, COUNT, size):
            score = CategoricalScore(classes[start : start + size].tolist())
            maps = gradcam(score, images[start : start + size], **options)
        return list(maps.shape)

    return run


def main(data_name: str, rounds: int):
    """Times all four, writes results/grad_cam_speed.json."""
    ways = {
        "zoo865, batch": (ours, (COUNT,)),
        "tf-keras-vis, batch": (theirs, (COUNT,)),
        "zoo865, one by one": (ours, (1,)),
        "tf-keras-vis, one by one": (theirs, (1,)),
    }
    measured = interleaved(ways, rounds)
    pairs = [(f"tf-keras-vis, {way}", f"zoo865, {way}") for way in ("batch", "one by one")]
    save("grad_cam_speed", images=COUNT, ratios=ratios(measured, pairs), measured=measured)


if __name__ == "__main__":
    from_command_line(main, __doc__)
