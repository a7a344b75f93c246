#!/usr/bin/env bash
# Packages: keras 3.15.1, jax 0.10.2, numpy 2.4.6; the JAX backend.
# Expected: `fit` calls on_epoch_begin, and then asks the data for the first batch of the epoch: so a callback can make what
#   an epoch learns from, as games that a network plays against itself.
# Seen: of a generator two batches are drawn before on_train_begin and the first on_epoch_begin, to know their shapes and to
#   build metrics and optimizer, and both are trained on: what a callback prepares for the first epoch comes too late for
#   them, and one that fills the generator is asked for while it is empty.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.4.6
KERAS_BACKEND=jax "$folder/venv/bin/python" - <<'END'
import keras
import numpy as np

events = []


def batches():
    while True:
        events.append("batch drawn")
        yield np.ones((4, 3), "float32"), np.ones((4, 1), "float32")


class Tell(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        events.append("training begins")

    def on_epoch_begin(self, epoch, logs=None):
        events.append("epoch begins")

    def on_train_batch_end(self, batch, logs=None):
        events.append("batch trained on")


model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(batches(), epochs=1, steps_per_epoch=2, callbacks=[Tell()], verbose=0)
print(*events, sep="\n")
drawn, trained = events.count("batch drawn"), events.count("batch trained on")
print(f"{drawn} drawn, {trained} trained on; before the first epoch: {events.index('epoch begins')} events")
raise SystemExit(0 if drawn == trained == 2 and events[:2] == ["batch drawn"] * 2 else 1)
END
