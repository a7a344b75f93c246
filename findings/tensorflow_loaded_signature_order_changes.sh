#!/usr/bin/env bash
# Packages: tensorflow 2.21.0 with numpy 2.4.6.
# Expected: a signature of a SavedModel lists its inputs in one order, that in which it was saved or the alphabet's,
#   whenever the same files are loaded: `structured_input_signature` is a dictionary, and dictionaries keep their order.
# Seen: the order differs from process to process. Whoever turns the signature into positions, as the inputs of an ONNX
#   file that tf2onnx writes of it, gets another file each time; called by names the signature answers alike.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tensorflow==2.21.0 numpy==2.4.6
cd "$folder"
export TF_CPP_MIN_LOG_LEVEL=3
"$folder/venv/bin/python" - 2>errors.txt <<'PYTHON' || { cat errors.txt; exit 1; }
import tensorflow as tf

names = ("first", "second", "weight", "alpha", "mask")
module = tf.Module()
module.total = tf.function(lambda **given: {"total": sum(given.values())})
asked = {name: tf.TensorSpec([None], tf.float32, name=name) for name in names}
tf.saved_model.save(module, "model", signatures={"serve": module.total.get_concrete_function(**asked)})
PYTHON
for _ in 1 2 3 4 5 6; do
  "$folder/venv/bin/python" -c '
import tensorflow as tf
signature = tf.saved_model.load("model").signatures["serve"]
names = list(signature.structured_input_signature[1])
total = signature(**{name: tf.constant([1.0]) for name in names})["total"].numpy().tolist()
print(*names, total)' 2>>errors.txt
done | tee orders.txt
test "$(wc -l < orders.txt)" = 6
test "$(grep -c '\[5.0\]$' orders.txt)" = 6
test "$(sort -u orders.txt | wc -l)" -gt 1
