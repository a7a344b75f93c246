#!/usr/bin/env bash
# Packages: keras 3.15.1, jax 0.10.2, numpy 2.4.6; the JAX backend with jax_enable_x64.
# Expected: keras.ops of a float64 tensor give float64, as they do on TensorFlow; all of them, or none.
# Seen: sigmoid, exp, log and sqrt give float64; tanh, sin, cos, sinh and arctan give float32, because they ask Keras'
#   type promotion for float64 and Python's float, which on JAX is float32. An LSTM or a numerical check of gradients in
#   float64 loses half of its digits in between, without a word.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.4.6
KERAS_BACKEND=jax JAX_ENABLE_X64=1 "$folder/venv/bin/python" - <<'END'
import math

from keras import ops

number = ops.convert_to_tensor(1.3, "float64")
found = {}
for name in ("sigmoid", "exp", "log", "sqrt", "tanh", "sin", "cos", "sinh", "arctan"):
    value = getattr(ops, name)(number)
    found[name] = str(value.dtype)
    print(f"{name:8} {found[name]}")
print("tanh is wrong by", abs(float(ops.tanh(number)) - math.tanh(1.3)))
whole = all(found[name] == "float64" for name in ("sigmoid", "exp", "log", "sqrt"))
half = all(found[name] == "float32" for name in ("tanh", "sin", "cos", "sinh", "arctan"))
raise SystemExit(0 if whole and half else 1)
END
