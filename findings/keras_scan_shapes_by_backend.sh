#!/usr/bin/env bash
# Packages: keras 3.15.1, tensorflow 2.21.0, jax 0.10.2, numpy 2.4.6; CPU.
# Expected: keras.ops.scan(f, init, xs) gives the same in every backend; `f` returns what is handed on and what is
#   stacked, and the two may have different shapes and dtypes, as of jax.lax.scan, after which it is made.
# Seen: so it is on JAX. On TensorFlow what is stacked is written to arrays made with the shapes and dtypes of what is
#   handed on: a step that hands on a number and gives a row raises, and so does one that gives an integer; of a step
#   that gives two tensors where one is handed on the second is dropped, without a word.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 tensorflow==2.21.0 jax==0.10.2 numpy==2.4.6
cat > "$folder/scan.py" <<'PYTHON'
import sys

import numpy as np
from keras import backend, ops

XS = np.arange(6, dtype="float32").reshape(2, 3)
STEPS = {
    "same shape": lambda carry, x: (carry + ops.sum(x), carry + ops.sum(x)),
    "a row": lambda carry, x: (carry + ops.sum(x), ops.flip(x, 0)),
    "an integer": lambda carry, x: (carry + ops.sum(x), ops.cast(ops.sum(x), "int32")),
    "two": lambda carry, x: (carry + ops.sum(x), (carry, ops.sum(x))),
}
found = {}
for name, step in STEPS.items():
    try:
        total, given = ops.scan(step, ops.zeros(()), XS)
        assert float(total) == 15.0
        found[name] = f"gives {len(given) if isinstance(given, tuple) else 1}"
    except Exception as error:
        found[name] = f"raises {type(error).__name__}"
print(backend.backend(), found)
works = {name: what for name, what in found.items() if what.startswith("gives")}
of_jax = dict.fromkeys(STEPS, "gives 1") | {"two": "gives 2"}
assert works == {"jax": of_jax, "tensorflow": {"same shape": "gives 1", "two": "gives 1"}}[backend.backend()], works
PYTHON
for backend in jax tensorflow; do
    KERAS_BACKEND=$backend TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/scan.py" 2> "$folder/$backend.log" \
        || { cat "$folder/$backend.log" >&2; exit 1; }
done
