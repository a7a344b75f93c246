"""mobilenet_v2: fine-tunes a network pretrained on ImageNet on your own photos.

Keras' MobileNetV2 with its ImageNet weights: a stem and 17 blocks, each of which expands the feature map by 1 x 1
convolutions, filters it by a depthwise 3 x 3 convolution, and projects it down again. The last feature map and a finer
one below are averaged over their places and fed to a new dense layer, the head. First the head trains, then the head
and the upper blocks together at a low learning rate, in the last phase on the validation photos, too. The layers below
are frozen: their output is computed once for eight augmented copies of each photo and cached.

Papers: Sandler, Howard, Zhu, Zhmoginov, Chen 2018 (MobileNetV2); Russakovsky et al. 2015 (ImageNet); Yosinski, Clune,
Bengio, Lipson 2014 (which layers carry over); Menon et al. 2021 (classes of unequal size).

Differences from Sandler et al.:
1. The head has your classes and starts from zero weights; it reads the last 1,280 features.
2. It also reads the 576 of the 13th block's expanded map, which hold details that tell similar classes apart.
3. Batch normalization keeps its statistics, scales and shifts: thousands of photos do not give better ones.

Compared with: the same network trained from scratch, a linear classifier on its frozen features, and a plain fine-tune
in Keras, in benchmarks/finetune.py.

Limits: its features come from ImageNet's photos; very different pictures (drawings, X-rays, satellite images) need more
photos and more trainable blocks. It expects one object in the middle of a photo; it does not count or locate several.
"""

import math

import keras
import numpy as np
from keras import layers

from zoo865.batches.shuffled import Shuffled
from zoo865.errors import ZooError
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.image_classification import ImageClassification

# Keras' file with ImageNet's classifier. Those without it, and of other widths, are of no hash that is known.
URL = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5"
SHA256 = "3e195a2857356cfc092cbbb460beb2a5bce279015d7792598b8d3d9e451902e3"
BLOCKS = ("block_1[3-6]_expand", "block_1[3-6]_depthwise", "block_1[3-6]_project", "Conv_1", "head")
CACHED_LAYER = "block_12_add"  # the layer up to which nothing learns; behind it stand a fifth of the work


def build_mobilenet_v2(
    *,
    image_shape: tuple[int, int, int],
    classes: int,
    alpha: float = 1.0,
    weights: str | None = "imagenet",
    dropout: float = 0.2,
) -> keras.Model:
    """Builds the network.

    Args:
        image_shape: (height, width, 3) of an image, its sides from 32 pixels.
        classes: number of classes.
        alpha: how wide: channels of every layer as a share of the usual ones; 0.35, 0.5, 0.75, 1.0, 1.3 or 1.4 have
            weights.
        weights: "imagenet", which Keras downloads; a file of `keras.applications.MobileNetV2`'s weights of the same
            alpha, with or without ImageNet's classifier; None for random ones.
        dropout: share of the averaged features that training leaves out.

    Returns:
        Model: (batch, *image_shape) float32 in [0, 1] -> (batch, classes) float32 logits.

    Raises:
        ValueError: the images are too small or have no colours.
        ZooError: the weights cannot be had, are damaged, or of another alpha.

    Example:
        >>> network = build_mobilenet_v2(image_shape=(32, 32, 3), classes=2, alpha=0.35, weights=None)
        >>> network(np.zeros((1, 32, 32, 3))).shape
        TensorShape([1, 2])
    """
    if min(image_shape[:2]) < 32 or image_shape[2] != 3:
        raise ValueError(
            "images must have at least 32 x 32 pixels and three channels: data_args.image_shape=[160,160,3]"
        )
    image = keras.Input(image_shape, name="image")
    pixels = layers.Rescaling(2.0, -1.0, name="from_minus_one")(image)
    network = keras.applications.MobileNetV2(alpha=alpha, include_top=False, weights=None, input_tensor=pixels)
    if weights:
        take_weights(network, imagenet(alpha) if weights == "imagenet" else weights, alpha)
    else:
        _begin_anew(network)
    finer = layers.GlobalAveragePooling2D(name="average_finer")(network.get_layer("block_13_expand_relu").output)
    whole = layers.GlobalAveragePooling2D(name="average")(network.output)
    x = layers.Concatenate(name="features")([finer, whole])
    x = layers.Dropout(dropout, name="dropout")(x)
    logits = layers.Dense(classes, kernel_initializer="zeros", dtype="float32", name="head")(x)
    return keras.Model(image, logits, name="mobilenet_v2")


def _begin_anew(network: keras.Model):
    """Draws kernels whose maps are as large as those they look at (He et al. 2015); Keras' vanish in so many blocks."""
    for layer in network.layers:
        for kernel in layer.weights if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D) else ():
            seen = math.prod(kernel.shape[:2]) * (1 if isinstance(layer, layers.DepthwiseConv2D) else kernel.shape[2])
            kernel.assign(keras.random.normal(kernel.shape, stddev=math.sqrt(2 / seen)))


def imagenet(alpha: float) -> str:
    """The file of ImageNet's weights, downloaded where it is not there yet; checked.

    Raises:
        ZooError: no network, another file than it should be, or an alpha whose file has no hash that is known.
    """
    if alpha != 1.0:
        hint = f"download one from {URL} and name it: --weights FILE"
        raise ZooError(f"no file of weights is known for alpha={alpha:g}, only for 1.0", hint)
    try:
        return keras.utils.get_file(FILE, URL + FILE, cache_subdir="models", file_hash=SHA256)
    except Exception as error:  # Keras raises bare ones
        raise ZooError(f"cannot download ImageNet's weights: {error}", "have the file? --weights FILE") from error


def take_weights(network: keras.Model, file, alpha: float):
    """Puts a file of MobileNetV2's weights into the network.

    Raises:
        ZooError: missing, damaged, or of another alpha.
    """
    wrong = ""
    for classifier in ({"include_top": False, "input_shape": (224, 224, 3)}, {"include_top": True}):
        whole = keras.applications.MobileNetV2(alpha=alpha, weights=None, **classifier)
        try:
            whole.load_weights(file)
        except FileNotFoundError as error:
            raise ZooError(f"no weights {file}", "check the path: --weights FILE") from error
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            wrong = wrong or str(error).strip().partition("\n")[0]
            continue
        arrays = whole.get_weights()[: len(network.get_weights())]
        if all(np.isfinite(array).all() for array in arrays):
            network.set_weights(arrays)
            return
        wrong = "they hold numbers that are none"
    said = f"cannot take weights from {file} for alpha={alpha:g}: {wrong}"
    raise ZooError(said, "is the file whole, of MobileNetV2, and of this alpha? --set model_args.alpha=0.35")


@recipe
def mobilenet_v2():
    """Your own photos, a folder with a sub-folder a class: a network that knows ImageNet learns them in minutes."""
    return Recipe(
        task=ImageClassification(label_smoothing=0.02),
        data="photos/",
        data_args={"image_shape": (224, 224, 3), "crop": True, "smallest": 32},
        batches=Shuffled(augment="photos", unchanged=0.5, balance=True),
        batch_size=32,
        keep="last",
        model=build_mobilenet_v2,
        model_args={"alpha": 1.0, "weights": "imagenet", "dropout": 0.2},
        phases=(
            Phase(
                "head",
                epochs=32,
                max_steps=256,
                optimizer=Optimizer("adamw", learning_rate=1e-3, schedule="cosine", weight_decay=0.05),
                train=("head",),
                cache_at="features",
            ),
            Phase(
                "blocks",
                epochs=8,
                max_steps=64,
                optimizer=Optimizer("adamw", learning_rate=1e-4, warmup=0.2, weight_decay=0.05),
                train=BLOCKS,
                cache_at=CACHED_LAYER,
            ),
            Phase(
                "all",
                epochs=8,
                max_steps=64,
                optimizer=Optimizer("adamw", learning_rate=1e-4, schedule="cosine", weight_decay=0.05),
                train=BLOCKS,
                cache_at=CACHED_LAYER,
                learn_validation=True,
            ),
        ),
        tiny={
            "data": "generated_digits",
            "data_args.image_shape": (32, 32, 3),
            "model_args.alpha": 0.35,
            "model_args.weights": None,
            "epochs": 2,
        },
    )
