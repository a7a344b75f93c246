#!/usr/bin/env bash
# Packages: tensorflow 2.21.0, tf2onnx 1.17.0, onnx 1.23.2, numpy 2.4.6.
# Expected: a step function that takes a state called "total" and gives back the new one under the same name, as TensorFlow
#   allows and SavedModels keep, converts: in ONNX too inputs and outputs are lists of their own.
# Seen: from_function raises "graph input 'total' not exist": the output takes over the input's name, and the input is lost.
#   With any other name for the output the same function converts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tensorflow==2.21.0 tf2onnx==1.17.0 onnx==1.23.2 numpy==2.4.6
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - 2>/dev/null <<'END'
import tensorflow as tf
import tf2onnx

specs = [tf.TensorSpec((None,), tf.float32, name=name) for name in ("x", "total")]
found = {}
for output in ("total", "next_total"):
    step = tf.function(lambda x, total: {output: total + x}, input_signature=specs)
    assert list(step(tf.ones(1), tf.ones(1))) == [output]
    try:
        model, _ = tf2onnx.convert.from_function(step, specs)
        found[output] = sorted(one.name for one in model.graph.input)
    except ValueError as error:
        found[output] = str(error)
    print(f"an output called {output!r}: {found[output]}")
assert found == {"total": "graph input 'total' not exist", "next_total": ["total", "x"]}, "this has changed"
END
