#!/usr/bin/env bash
# Packages: onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6; CPU, one thread.
# Expected: a constant of one element costs the same in an element-wise node whether its shape is (), (1,) or
#   (1, 1, 1, 1): the values and the output's shape are the same.
# Seen: with a float tensor whose last axis is 1, such as grey images (1, 300, 200, 1), Add, Sub, Mul, Div and Max
#   are 20 to 70 times slower with a constant of shape () or (1,), as if a loop began anew for every element. What
#   counts is whether the constant has axes enough to reach the tensor's last axis longer than 1: here (1, 1) is
#   fast, too. (1, 1, 300, 200) and (1, 300, 200, 3) are not affected.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import statistics
import time

import numpy as np
import onnxruntime
from onnx import TensorProto, helper


def measured(operator, tensor, shape):
    """The median microseconds of a node of a tensor and a constant 3 of this shape; its output."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, tensor.shape) for name in ("x", "y")]
    constant = helper.make_tensor("c", TensorProto.FLOAT, shape, [3.0])
    graph = helper.make_graph([helper.make_node(operator, ["x", "c"], ["y"])], "g", ends[:1], ends[1:], [constant])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    times = []
    for _ in range(300):
        start = time.perf_counter()
        (output,) = session.run(None, {"x": tensor})
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6, output


for shape, affected in (((1, 300, 200, 1), True), ((1, 1, 300, 200), False), ((1, 300, 200, 3), False)):
    tensor = np.random.default_rng(0).random(shape, dtype=np.float32)
    for operator in ("Add", "Sub", "Mul", "Div", "Max"):
        fast, wanted = measured(operator, tensor, (1, 1, 1, 1))
        for few in ((), (1,)):
            slow, got = measured(operator, tensor, few)
            print(f"{operator} {shape}: constant {few} {slow:.0f} us, (1, 1, 1, 1) {fast:.0f} us, {slow / fast:.1f} x")
            assert np.array_equal(got, wanted)
            assert (slow / fast >= 4) == affected
    if affected:
        assert measured("Mul", tensor, (1, 1))[0] < slow / 4
PYTHON
