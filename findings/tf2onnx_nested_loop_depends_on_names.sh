#!/usr/bin/env bash
# Packages: tf2onnx 1.17.0, tensorflow 2.21.0, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6; CPU.
# Expected: converting the same TensorFlow function twice in a process gives the same ONNX graph, right or wrong.
# Seen: a convolution in a loop within a loop, whose kernel is a variable, converts in some turns and not in others, in
#   which the call ends well and the file does not load: its Conv has TensorFlow's four dilations. All that differs
#   between turns is the numbers that TensorFlow puts into its functions' names: tf2onnx goes through the functions as
#   the graph lists them, and knows the shapes of what the inner loop takes only where it has met the outer loop
#   before. Of a product in the convolution's place no shape is asked, and it always converts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tf2onnx==1.17.0 tensorflow==2.21.0 onnx==1.23.2 \
    onnxruntime==1.32.0 numpy==2.4.6
cat > "$folder/nested.py" <<'PYTHON'
import logging

import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx

logging.getLogger("tf2onnx").setLevel("CRITICAL")
random = np.random.default_rng(0)
kernel = tf.Variable(random.normal(size=(1, 3, 4, 4)).astype("float32"))
x = random.normal(size=(1, 5, 5, 4)).astype("float32")


def convolution(x):
    return tf.nn.conv2d(x, kernel, 1, "SAME")


def product(x):
    return tf.matmul(x, kernel[0, 0])


def nested(operation, x):
    def inner(number, x):
        return number + 1, tf.nn.relu(operation(x))

    def outer(number, x):
        return number + 1, tf.while_loop(lambda number, _: number < 2, inner, (0, x))[1]

    return tf.while_loop(lambda number, _: number < 3, outer, (0, x))[1]


def turn(operation):
    """Whether the function, traced and converted anew, gives in ONNX Runtime what it gives in TensorFlow."""
    signature = [tf.TensorSpec(x.shape)]
    function = tf.function(lambda x: nested(operation, x), input_signature=signature, autograph=False)
    model, _ = tf2onnx.convert.from_function(function, signature)
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    except Exception as error:
        return "dilations has incorrect size" not in str(error) and str(error)
    (found,) = session.run(None, {model.graph.input[0].name: x})
    np.testing.assert_allclose(found, function(x), rtol=1e-3, atol=1e-3)
    return True


found = {operation.__name__: [turn(operation) for _ in range(14)] for operation in (convolution, product)}
print(found)
assert set(found["convolution"]) == {True, False}
assert set(found["product"]) == {True}
PYTHON
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/nested.py" 2> "$folder/log" || { tail -5 "$folder/log" >&2; exit 1; }
