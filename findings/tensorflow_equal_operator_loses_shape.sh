#!/usr/bin/env bash
# Packages: tensorflow 2.21.0, numpy 2.4.6.
# Expected: in a tf.function, `a == b` has the static shape that `a < b` and tf.equal(a, b) have.
# Seen: where an unknown size meets a known one above 1, `==` and `!=` have the static shape <unknown>, without even
#   a rank; tf.equal, tf.not_equal and `<` keep what is known. (For shapes that do not broadcast the operators answer
#   a single False or True instead of failing, as documented; so the result might be a scalar.)
#   Yet where both sizes are unknown `==` and `!=` keep the shape, although the same may happen there: then the
#   static shape says (None, 3) and the value is a scalar.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tensorflow==2.21.0 numpy==2.4.6
TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 "$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import tensorflow as tf


def shapes(left, right):
    """The static shapes of a == b, a != b, a < b, tf.equal(a, b); and a graph function of a == b."""
    found = []

    @tf.function(input_signature=[tf.TensorSpec(left), tf.TensorSpec(right)], autograph=False)
    def same(a, b):
        found.extend(value.shape for value in (a == b, a != b, a < b, tf.equal(a, b)))
        return a == b

    same.get_concrete_function()
    texts = (f"{name} {shape}" for name, shape in zip(("==", "!=", "<", "tf.equal"), found))
    print(f"{left} and {right}:", ", ".join(texts))
    return found, same


for left, right, kept in (
    ((None, 3), (2, 3), [2, 3]),
    ((None, 3), (None, None), [None, 3]),
    ((None, None), (3,), [None, 3]),
):
    (equal, unequal, less, function), _ = shapes(left, right)
    assert equal.rank is None and unequal.rank is None
    assert less.as_list() == function.as_list() == kept

found, same = shapes((None, 3), (None, 3))
assert all(shape.as_list() == [None, 3] for shape in found)
value = same(np.ones((2, 3), np.float32), np.ones((4, 3), np.float32))
print(f"static shape {found[0]}, value for (2, 3) and (4, 3): {value.numpy()} of shape {value.shape}")
assert value.shape == ()
PYTHON
