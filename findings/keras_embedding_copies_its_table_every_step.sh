#!/usr/bin/env bash
# Packages: keras 3.15.1, tensorflow 2.21.0, numpy 2.4.6; CPU.
# Expected: a training step of keras.layers.Embedding with plain SGD costs what the batch looks up: TensorFlow gathers
#   rows of the variable, the gradient is sparse (tf.IndexedSlices), and the optimizer scatters it.
# Seen: the cost grows with the table. Keras reads the whole variable before it picks rows, and TensorFlow, which hands
#   out a variable's own buffer at first, copies it on every read once a scatter has changed it in place. With a table
#   of 256 MB a step of 64 rows takes many times as long as the same step that gathers from the variable itself
#   (tf.gather(variable.value, ...), for which TensorFlow has a kernel that reads rows alone).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 tensorflow==2.21.0 numpy==2.4.6
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PYTHON' 2> "$folder/log" || { tail -5 "$folder/log" >&2; exit 1; }
import time

import keras
import numpy as np
import tensorflow as tf


class FromTheVariable(keras.layers.Embedding):
    def call(self, inputs):
        return tf.gather(self.embeddings.value, inputs)


def milliseconds(layer):
    """The fastest of some steps of 64 rows, after the first ones."""
    model = keras.Sequential([keras.Input((), dtype="int32"), layer(1_000_000, 64), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(numbers):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(numbers) ** 2)
        variables = [variable.value for variable in model.trainable_variables]
        gradients = tape.gradient(loss, variables)
        assert isinstance(gradients[0], tf.IndexedSlices)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    numbers, seconds = tf.constant(np.arange(64) * 1000, tf.int32), []
    for _ in range(15):
        began = time.perf_counter()
        step(numbers).numpy()
        seconds.append(time.perf_counter() - began)
    return 1000 * min(seconds[5:])


embedding, gathered = milliseconds(keras.layers.Embedding), milliseconds(FromTheVariable)
print(f"Embedding {embedding:.1f} ms, gathered from the variable {gathered:.1f} ms a step")
assert embedding > 5 * gathered, "changed"
PYTHON
