#!/usr/bin/env bash
# Packages: tf2onnx 1.17.0, tensorflow 2.21.0, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
# Expected: a converted tf.matmul(x, y, transpose_b=True) gives TensorFlow's numbers, or the conversion fails.
# Seen: where tf2onnx knows no shape of y, it has no axes to permute, so it writes a MatMul without any Transpose.
#   It only logs that it could not infer shapes. With square matrices the ONNX model runs and its numbers are wrong.
#   Here y is a == b: TensorFlow leaves its shape open where an unknown size meets a known one. tf.equal keeps the
#   shape, and so the Transpose. `transpose_a` is lost the same way.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  tf2onnx==1.17.0 tensorflow==2.21.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 "$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx

X = np.array([[[1, 2], [3, 4]]], np.float32)
A = np.array([[[1, 1], [0, 1]]], np.float32)
B = np.ones_like(A)
SIGNATURE = [
    tf.TensorSpec((1, 2, 2), tf.float32, "x"),
    tf.TensorSpec((1, None, 2), tf.float32, "a"),
    tf.TensorSpec((1, 2, 2), tf.float32, "b"),
]


def compare(name, same):
    @tf.function(input_signature=SIGNATURE, autograph=False)
    def product(x, a, b):
        return tf.matmul(x, tf.cast(same(a, b), tf.float32), transpose_b=True)

    model, _ = tf2onnx.convert.from_function(product, SIGNATURE, opset=17)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    wanted, got = product(X, A, B).numpy(), session.run(None, {"x": X, "a": A, "b": B})[0]
    nodes = [node.op_type for node in model.graph.node]
    print(f"{name}: TensorFlow {wanted.tolist()}  ONNX Runtime {got.tolist()}  nodes {nodes}")
    return wanted, got, nodes


wanted, got, nodes = compare("a == b        ", lambda a, b: a == b)
assert "Transpose" not in nodes and not np.array_equal(got, wanted)
assert np.array_equal(got, X @ (A == B).astype(np.float32))  # the product with the operand as it is
wanted, got, nodes = compare("tf.equal(a, b)", lambda a, b: tf.equal(a, b))
assert "Transpose" in nodes and np.array_equal(got, wanted)
PYTHON
