#!/usr/bin/env bash
# Packages: keras 3.15.1, tensorflow 2.21.0, jax 0.10.2, numpy 2.4.6; CPU.
# Expected: keras.layers.UnitNormalization guards its division by an epsilon, gives zeros for a vector of zeros, and so
#   has a finite slope there, the same on every backend; neighbouring vectors in a batch are no concern of it.
# Seen: the value is 0 on both. The gradient at the vector of zeros is 1e12 in every component on TensorFlow and NaN on
#   JAX. One picture without ink, whose features are all 0 behind a ReLU, so spoils every weight below: by a step of any
#   size on TensorFlow, for good on JAX. keras.ops.normalize: 1e7 and NaN. With the epsilon inside of the root's
#   argument, x * rsqrt(maximum(sum(x * x), epsilon)), both backends agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 tensorflow==2.21.0 jax==0.10.2 numpy==2.4.6
cat > "$folder/slope.py" <<'PYTHON'
import keras
import numpy as np
from keras import ops

ROWS = np.array([[0.0, 0.0], [3.0, 4.0]], "float32")
WAYS = {
    "UnitNormalization": keras.layers.UnitNormalization(),
    "ops.normalize": ops.normalize,
    "rsqrt of the greater": lambda x: x * ops.rsqrt(ops.maximum(ops.sum(x * x, axis=-1, keepdims=True), 1e-12)),
}


def slope(function):
    if keras.backend.backend() == "jax":
        import jax

        return np.array(jax.grad(lambda x: ops.sum(function(x)))(ROWS))
    import tensorflow as tf

    x = tf.constant(ROWS)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = ops.sum(function(x))
    return tape.gradient(total, x).numpy()


found = {}
for name, function in WAYS.items():
    assert np.array(function(ROWS))[0].tolist() == [0.0, 0.0]
    found[name] = slope(function)
    np.testing.assert_allclose(found[name][1], [0.032, -0.024], atol=1e-5)
of_zeros = {name: float(rows[0, 0]) for name, rows in found.items()}
print(keras.backend.backend(), of_zeros)
seen = {"tensorflow": [1e12, 1e7, 1e6], "jax": [np.nan, np.nan, 1e6]}[keras.backend.backend()]
np.testing.assert_allclose(list(of_zeros.values()), seen, rtol=0.01)
PYTHON
for backend in tensorflow jax; do
    KERAS_BACKEND=$backend TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/slope.py" 2> "$folder/$backend.log" \
        || { cat "$folder/$backend.log" >&2; exit 1; }
done
