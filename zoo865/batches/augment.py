"""Random changes of training images, as functions of the images and a seed.

Nothing here keeps state: the same images and the same seed give the same result, in a parallel `map` too, beside
every Keras backend. That makes an epoch a function of (seed, epoch), which exact resume needs.
"""

import math

import tensorflow as tf


def affine(images, seed, *, rotation=0.0, shift=0.0, zoom=0.0, shear=0.0):
    """Rotates, shifts, zooms and shears each image at random, with one bilinear resampling.

    Args:
        images: (batch, height, width, channels) float32; what comes from outside is 0.
        seed: (2,) int tensor; every value uniform within its bound.
        rotation: bound in degrees, either way.
        shift: bound as a share of height and of width.
        zoom: bound as a share; 0.1 scales by 0.9 to 1.1.
        shear: bound in degrees.

    Returns:
        Images like those given.
    """
    count, height, width = tf.shape(images)[0], images.shape[1], images.shape[2]
    values = tf.random.stateless_uniform((6, count), seed, -1.0, 1.0)
    angle = values[0] * math.radians(rotation)
    slant = tf.tan(values[1] * math.radians(shear))
    scale_y, scale_x = 1.0 / (1.0 + values[2] * zoom), 1.0 / (1.0 + values[3] * zoom)
    cos, sin = tf.cos(angle), tf.sin(angle)
    # The matrix maps a point of the result to the point of the image that it shows, both seen from the centre.
    xx, xy = cos * scale_x, (cos * slant - sin) * scale_x
    yx, yy = sin * scale_y, (sin * slant + cos) * scale_y
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    to_x = centre_x - xx * centre_x - xy * centre_y + values[4] * shift * width
    to_y = centre_y - yx * centre_x - yy * centre_y + values[5] * shift * height
    zero = tf.zeros_like(xx)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([xx, xy, to_x, yx, yy, to_y, zero, zero], axis=1),
        output_shape=tf.stack([height, width]),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )


def digits(images, seed):
    """What a handwritten digit survives: a little of each of turn, shift, zoom and slant, never a mirror."""
    return affine(images, seed, rotation=12, shift=0.08, zoom=0.12, shear=8)


POLICIES = {"none": lambda images, seed: images, "digits": digits}
