#!/usr/bin/env bash
# Packages: tensorflow 2.21.0, numpy 2.4.6.
# Expected: the two halves of an array's last axis cost about the same whether they are called x[..., :n] and x[..., n:] or
#   come from tf.split, as gated convolutions (WaveNet, GLU) take them in every layer.
# Seen: on a CPU forward and backward of the gate take some four times as long with slices: the gradient of each slice fills
#   a whole array with zeros around it, element by element, and both are added. The gradient of tf.split is one concat.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tensorflow==2.21.0 numpy==2.4.6
TF_CPP_MIN_LOG_LEVEL=3 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 OMP_NUM_THREADS=1 \
  "$folder/venv/bin/python" - 2>/dev/null <<'END'
import time

import numpy as np
import tensorflow as tf

heard = tf.constant(np.random.default_rng(0).normal(size=(8, 3584, 64)).astype("float32"))
halves = {"slices": lambda x: (x[..., :32], x[..., 32:]), "split": lambda x: tf.split(x, 2, -1)}
steps, seconds, gradients = {}, {name: [] for name in halves}, {}
for name, take in halves.items():

    @tf.function(autograph=False)
    def step(x, take=take):
        with tf.GradientTape() as tape:
            tape.watch(x)
            first, second = take(tf.tanh(x))
            gated = first * (0.5 + 0.5 * second)
        return tape.gradient(gated, x)

    steps[name], gradients[name] = step, step(heard).numpy()
for _ in range(15):
    for name, step in steps.items():
        began = time.process_time()
        step(heard)
        seconds[name].append(time.process_time() - began)
cost = {name: float(np.median(found)) for name, found in seconds.items()}
print({name: f"{1000 * found:.1f} ms" for name, found in cost.items()}, f"ratio {cost['slices'] / cost['split']:.1f}")
assert np.allclose(gradients["slices"], gradients["split"], atol=1e-6)
assert cost["slices"] > 2 * cost["split"], "this has changed"
END
