"""pixelcnn: writes an image pixel by pixel, each after looking at all that came before it.

The probability of an image is the product of the probabilities of its pixels, row by row from the left, each given
those before it. One network tells all of them at once for an image that is there, since none of its outputs sees its
own pixel or a later one; a new image is drawn pixel after pixel. It stands for PixelRNN too: the same product, where a
recurrent network reads the pixels before.

Papers: van den Oord, Kalchbrenner, Kavukcuoglu 2016 (Pixel recurrent neural networks, which holds PixelCNN too).

Differences from the paper:
1. Blocks look at the row above and the pixel to the left only, through a mask.
2. A memory of all rows above, recurrent from row to row, in place of depth: 3 x 3 kernels would see far only slowly.
3. A bias for every position: digits stand in the middle.
4. Adam with a falling rate in place of RMSProp.
5. Pixels are black or white, so one logit each.

Compared with: on statically binarised MNIST, Larochelle's (the zoo's own is drawn with seed 865; dynamic binarisation
is another task): MADE 88.0 nats (Germain et al. 2015), PixelCNN 81.3 and PixelRNN 79.2 (van den Oord, Kalchbrenner,
Kavukcuoglu 2016).

Limits: black and white drawings, small enough to be drawn pixel by pixel; no photos. What it finds unlikely need not
look so.
"""

import keras
import numpy as np
from keras import layers, ops

from zoo865.batches.shuffled import Shuffled
from zoo865.layers.position_bias import PositionBias
from zoo865.layers.scan import scan
from zoo865.losses.batch import batch_mean
from zoo865.losses.likelihood import bernoulli_nats
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.generation import Generation


class PixelCNN(keras.Model):
    """The network. Trains with `fit` on images alone: `compute_loss` is their negative log-likelihood.

    The arguments are those of `build_pixelcnn`.
    """

    binary_pixels = True  # it knows no shades

    def __init__(self, *, image_shape, width, narrow, blocks, rows, columns, memory, dropout, **kwargs):
        # Sums over hundreds of pixels stay float32 where the layers compute in less.
        super().__init__(**{"name": "pixelcnn", "dtype": "float32", **kwargs})
        self.image_shape, self.rows, self.columns = tuple(image_shape), rows, columns
        self.arguments = {"image_shape": image_shape, "width": width, "narrow": narrow, "blocks": blocks, "rows": rows}
        self.arguments |= {"columns": columns, "memory": memory, "dropout": dropout}
        breadth = image_shape[1]
        self.position = PositionBias(name="position")
        self.above = layers.Conv2D(width, (rows, 2 * columns + 1), use_bias=False, name="above")
        self.left = layers.Conv2D(width, (1, columns), use_bias=False, name="left")
        self.memory = layers.GRU(memory, return_sequences=True, name="memory")
        self.recall = keras.Sequential(
            [
                layers.Dropout(dropout, name="dropout"),
                layers.Dense(8 * breadth, activation="relu", name="columns"),
                layers.Reshape((-1, breadth, 8), name="reshape"),
                layers.Dense(width, use_bias=False, name="width"),
            ],
            name="recall",
        )
        self.blocks = [Block(width, narrow, dropout, name=f"block{number}") for number in range(1, blocks + 1)]
        self.logit = layers.Dense(1, dtype="float32", name="logit")

    @property
    def noise_input(self):
        """What `generate` takes: uniform noise, and its shape."""
        return "uniform_noise", self.image_shape

    def logits(self, image, training=False):
        """(batch, *image_shape) of 0 and 1 -> (batch, *image_shape) log odds of every pixel, given those before it."""
        above = ops.pad(image, ((0, 0), (self.rows, 0), (0, 0), (0, 0)))[:, :-1]
        left = ops.pad(image, ((0, 0), (0, 0), (self.columns, 0), (0, 0)))[:, :, :-1]
        recalled = self.recall(self.memory(above[:, self.rows - 1 :, :, 0]), training=training)
        x = self.position(self._from_above(above) + recalled + self.left(left))
        for block in self.blocks:
            x = block(x, training=training)
        return self.logit(ops.relu(x))

    def call(self, image, training=False):
        """(batch, *image_shape) of 0 and 1 -> {"nats": (batch,) negative log-likelihoods}."""
        return {"nats": bernoulli_nats(image, self.logits(image, training=training))}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The batch's mean negative log-likelihood, in nats."""
        return batch_mean(y_pred["nats"])

    def generate(self, noise):
        """(batch, *image_shape) uniform noise in [0, 1) -> (batch, *image_shape) new images of 0 and 1."""
        return self.complete(noise, ops.zeros_like(noise), ops.zeros_like(noise))[0]

    def complete(self, noise, image, known):
        """Draws what is not known of images, pixel by pixel.

        What a block has found in the row above and at the pixel to the left is kept, so that every pixel passes
        through the network once, and alone.

        Args:
            noise: (batch, *image_shape) uniform in [0, 1): a pixel is white where it lies below its probability.
            image: (batch, *image_shape) of 0 and 1, of which pixels are kept.
            known: (batch, *image_shape), 1 where they are.

        Returns:
            (batch, *image_shape) images of 0 and 1, and the log odds that their pixels were drawn with.
        """

        def draw_pixel(carry, pixel):
            left, found = carry  # (batch, columns, 1); each block's (batch, narrow)
            noise, image, known, start, from_above = pixel
            x, now = start + _at_a_pixel(ops.cast(left[..., 0], computed), self.left.kernel), []
            for block, before, above in zip(self.blocks, found, from_above, strict=True):
                here = ops.relu(_at_a_pixel(ops.relu(x), block.narrow.kernel, block.narrow.bias))
                seen = ops.relu(above + block.neighbours.left(before, here))
                x = x + _at_a_pixel(seen, block.widen.kernel, block.widen.bias)
                now.append(here)
            logit = self.logit(ops.relu(x))
            drawn = known * image + (1.0 - known) * ops.cast(noise < ops.sigmoid(logit), "float32")
            return (ops.concatenate([left[:, 1:], drawn[:, None]], 1), now), (drawn, now, logit)

        def draw_row(carry, row):
            above, memory, found = carry  # (batch, rows, breadth, 1); (batch, units); (batch, breadth, narrow) each
            noise, image, known, bias = row
            memory = self.memory.cell(above[:, -1, :, 0], [memory])[0]
            start = self._from_above(above)[:, 0] + self.recall(memory[:, None])[:, 0] + bias
            from_above = [block.neighbours.above(one) for block, one in zip(self.blocks, found, strict=True)]
            by_column = (*map(_swapped, (noise, image, known, start)), list(map(_swapped, from_above)))
            left, before = above[:, 0, : self.columns] * 0.0, [one[:, 0] * 0.0 for one in found]
            like = (left[:, 0], before, left[:, 0])
            _, (drawn, found, logits) = scan(draw_pixel, (left, before), by_column, like)
            drawn = _swapped(drawn)
            above = ops.concatenate([above[:, 1:], drawn[:, None]], 1)
            return (above, memory, [_swapped(one) for one in found]), (drawn, _swapped(logits))

        computed = self.above.compute_dtype
        nothing = noise[:, 0] * 0.0
        above = ops.stack([nothing] * self.rows, 1)
        found = [ops.cast(ops.repeat(nothing, block.narrow.filters, -1), computed) for block in self.blocks]
        by_row, bias = [_swapped(one) for one in (noise, image, known)], ops.cast(self.position.bias(), computed)
        memory = ops.cast(ops.repeat(nothing[:, 0], self.memory.units, -1), computed)
        _, (drawn, logits) = scan(draw_row, (above, memory, found), (*by_row, bias), (nothing, nothing))
        return _swapped(drawn), _swapped(logits)

    def _from_above(self, above):
        """What rows above tell of a row: (batch, rows + n - 1, breadth, 1) -> (batch, n, breadth, width)."""
        return self.above(ops.pad(above, ((0, 0), (0, 0), (self.columns, self.columns), (0, 0))))

    def get_config(self):
        """The arguments."""
        return {**self.arguments, "name": self.name}


def _swapped(x):
    """(batch, steps, ...) <-> (steps, batch, ...)."""
    return ops.swapaxes(x, 0, 1)


def _at_a_pixel(x, kernel, bias=None):
    """A convolution where its kernel has one place to be, as one product: (batch, numbers) -> (batch, channels)."""
    found = ops.matmul(x, ops.reshape(ops.cast(kernel, x.dtype), (x.shape[-1], -1)))
    return found if bias is None else found + ops.cast(bias, x.dtype)


class Block(layers.Layer):
    """A residual block: narrower, a look at the neighbours before, wider again."""

    def __init__(self, width: int, narrow: int, dropout: float, **kwargs):
        super().__init__(**kwargs)
        self.narrow = layers.Conv2D(narrow, 1, name="narrow")
        # Whole channels: numbers for every pixel would take as long to draw as a block takes.
        self.dropout = layers.SpatialDropout2D(dropout, name="dropout")
        self.neighbours = Neighbours(narrow, name="neighbours")
        self.widen = layers.Conv2D(width, 1, kernel_initializer="zeros", name="widen")

    def build(self, input_shape):
        """Builds the layers for (batch, height, breadth, width)."""
        self.narrow.build(input_shape)
        for layer in (self.neighbours, self.widen):
            layer.build((*input_shape[:-1], self.narrow.filters))

    def call(self, x, training=False):
        """(batch, height, breadth, width) -> the same, each pixel having looked at four before it."""
        found = self.dropout(ops.relu(self.narrow(ops.relu(x))), training=training)
        return x + self.widen(ops.relu(self.neighbours(found)))


class Neighbours(layers.Layer):
    """A convolution over what was found at a pixel, the one to its left and the three above.

    Its two halves are there alone too, for drawing: `above` for all pixels of a row at once, `left` for one pixel.
    """

    MASK = np.array([[1, 1, 1], [1, 1, 0]], "float32")[..., None, None]

    def __init__(self, channels: int, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels

    def build(self, input_shape):
        """Makes the kernel, (2, 3, channels, channels), and the bias."""
        self.kernel = self.add_weight(shape=(2, 3, self.channels, self.channels), name="kernel")
        self.bias = self.add_weight(shape=(self.channels,), initializer="zeros", name="bias")

    def call(self, x):
        """(batch, height, breadth, channels) -> the same."""
        around = ops.pad(x, ((0, 0), (1, 0), (1, 1), (0, 0)))
        return ops.conv(around, self.kernel * ops.cast(self.MASK, x.dtype), padding="valid") + self.bias

    def above(self, row):
        """(batch, breadth, channels) of the row above -> its part of a row."""
        return ops.conv(row[:, None], ops.cast(self.kernel[:1], row.dtype), padding="same")[:, 0]

    def left(self, before, here):
        """(batch, channels) of a pixel and of the one before it -> their part of the pixel."""
        return _at_a_pixel(ops.concatenate([before, here], -1), self.kernel[1, :2], self.bias)


def build_pixelcnn(
    *,
    image_shape: tuple[int, int, int],
    width: int = 64,
    narrow: int = 32,
    blocks: int = 6,
    rows: int = 4,
    columns: int = 7,
    memory: int = 64,
    dropout: float = 0.1,
) -> keras.Model:
    """Builds the network.

    Args:
        image_shape: (height, width, 1) of an image whose pixels are 0 or 1.
        width: channels between blocks.
        narrow: channels within a block.
        blocks: how many.
        rows: how many rows above the first convolution sees.
        columns: how many pixels to the left, and to either side in the rows above, it sees.
        memory: units of the memory of all rows above.
        dropout: share of the memory, and of each block's narrow channels, that training leaves out.

    Returns:
        Model: (batch, *image_shape) float32 of 0 and 1 -> {"nats": (batch,)}, with `logits`, `generate` and `complete`
        beside.

    Raises:
        ValueError: the images have several channels.

    Example:
        >>> pixelcnn = build_pixelcnn(image_shape=(6, 6, 1), width=8, narrow=4, blocks=1, memory=8)
        >>> pixelcnn(np.zeros((3, 6, 6, 1)))["nats"].shape
        TensorShape([3])
    """
    if image_shape[2] != 1:
        raise ValueError(f"pixels are black or white: image_shape must be [height, width, 1], not {list(image_shape)}")
    sizes = {"width": width, "narrow": narrow, "blocks": blocks, "rows": rows, "columns": columns, "memory": memory}
    model = PixelCNN(image_shape=image_shape, dropout=dropout, **sizes)
    model(ops.zeros((1, *image_shape)))
    return model


@recipe
def pixelcnn():
    """Writes drawings, as digits, pixel by pixel, and tells how likely an image is: a small PixelCNN."""
    return Recipe(
        task=Generation(),
        data="mnist",
        data_args={"image_shape": (28, 28, 1), "binarize": True},
        batches=Shuffled(label=False),
        batch_size=32,
        model=build_pixelcnn,
        model_args={"width": 64, "narrow": 32, "blocks": 6, "rows": 4, "columns": 7, "memory": 64, "dropout": 0.1},
        phases=(
            Phase(
                "train",
                epochs=12,
                optimizer=Optimizer(
                    "adam", learning_rate=3e-3, schedule="cosine", warmup=0.05, clip_norm=1.0, ema_momentum=0.9995
                ),
            ),
        ),
        tiny={
            "data": "generated_digits",
            "model_args.width": 8,
            "model_args.narrow": 4,
            "model_args.blocks": 1,
            "model_args.memory": 8,
            "phases.train.optimizer.ema_momentum": 0.9,
            "epochs": 2,
        },
    )
