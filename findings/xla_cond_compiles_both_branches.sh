#!/usr/bin/env bash
# Packages: tensorflow 2.21.0, numpy 2.4.6.
# Expected: under jit_compile=True every shape is known while XLA compiles, so a tf.cond on a size needs only the
#   branch that it takes, and gives what it gives without XLA; at the least it does what tf.switch_case does.
# Seen: tf.cond compiles both branches, though its predicate is a constant by then (even tf.constant(False)). A
#   branch whose shapes do not fit this input makes the call fail, although it would never run. tf.switch_case with
#   the same two branches compiles only the one it takes. (With a predicate read from the data both compile both.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tensorflow==2.21.0 numpy==2.4.6
TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 "$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import tensorflow as tf

SIGNATURE = [tf.TensorSpec((None, None, None, 1), tf.float32)]
SMALL, LARGE = np.ones((1, 20, 20, 1), np.float32), np.ones((1, 30, 30, 1), np.float32)


def cropped(images):
    images = images[:, :28, :28]
    images.set_shape((None, 28, 28, None))
    return tf.reduce_sum(tf.reshape(images, (-1, 28 * 28)))


def by_cond(images):
    return tf.cond(tf.shape(images)[1] >= 28, lambda: cropped(images), lambda: tf.reduce_sum(images))


def by_switch(images):
    large = tf.cast(tf.shape(images)[1] >= 28, tf.int32)
    return tf.switch_case(large, [lambda: tf.reduce_sum(images), lambda: cropped(images)])


def result(function, images, jit):
    try:
        compiled = tf.function(function, input_signature=SIGNATURE, autograph=False, jit_compile=jit)
        return float(compiled(images))
    except tf.errors.InvalidArgumentError as error:
        return str(error).splitlines()[0]


for function in (by_cond, by_switch):
    for jit in (False, True):
        small, large = result(function, SMALL, jit), result(function, LARGE, jit)
        print(f"{function.__name__}, jit_compile={jit}: 30x30 {large}, 20x20 {small}")
        assert large == 784.0
        assert isinstance(small, str) if jit and function is by_cond else small == 400.0
PYTHON
