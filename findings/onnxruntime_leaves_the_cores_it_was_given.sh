#!/usr/bin/env bash
# Packages: onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6; Linux with two cores or more.
# Expected: a process that is bound to one CPU (taskset, a container's cpuset, a benchmark's "one core") computes there: what
#   a library starts inherits the mask, and the number of threads follows from it, as in OpenBLAS, oneDNN and TensorFlow.
# Seen: a session with default options counts the machine's cores, and binds each thread of its pool to one of them by
#   itself, outside of the mask that it was started with: what was said to be measured on one core ran on all. With
#   intra_op_num_threads set, also to 2, threads inherit the mask.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat >"$folder/threads.py" <<'END'
import os
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

threads = int(sys.argv[1])
weights = numpy_helper.from_array(np.eye(64, dtype="float32"), "weights")
ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [64, 64]) for name in "xy"]
graph = helper.make_graph([helper.make_node("MatMul", ["x", "weights"], ["y"])], "graph", ends[:1], ends[1:], [weights])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
session = onnxruntime.InferenceSession(model.SerializeToString(), options)
for _ in range(200):  # until its threads are at work
    session.run(None, {"x": np.ones((64, 64), "float32")})
masks = {task: sorted(os.sched_getaffinity(int(task))) for task in os.listdir("/proc/self/task")}
outside = [mask for mask in masks.values() if mask != sorted(os.sched_getaffinity(0))]
print(f"intra_op_num_threads={threads or 'default'}: {len(masks)} threads, bound elsewhere: {outside}")
sys.exit(0 if bool(outside) == (threads == 0) else 1)
END
one=$(python3 -c "import os; print(min(os.sched_getaffinity(0)))")
for threads in 0 1 2; do
    taskset -c "$one" "$folder/venv/bin/python" "$folder/threads.py" "$threads"
done
