#!/usr/bin/env bash
# Packages: tensorflow 2.21.0, keras 3.15.1, scikit-learn 1.9.1.
# Expected: `import tensorflow` leaves Keras alone until tf.keras is asked for, as the lazy loader of tf.keras suggests.
# Seen: Keras is imported whole, and with it scikit-learn where that is installed: TensorFlow looks for the directory of
#   keras._tf_keras.keras, and finding a submodule imports its parents. Where importing Keras is forbidden, TensorFlow
#   works, and starts in about two thirds of the CPU time (it is printed, and nothing rests on it).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tensorflow==2.21.0 keras==3.15.1 scikit-learn==1.9.1
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1
cat > "$folder/start.py" <<'PYTHON'
import sys
import time

forbidden = sys.argv[1] == "forbidden"
if forbidden:
    sys.modules["keras"] = None
import tensorflow as tf

seconds = time.process_time()
imported = {name: sys.modules.get(name) is not None for name in ("keras", "keras.src.layers", "sklearn")}
print(f"Keras {sys.argv[1]}: {seconds:.1f} CPU seconds; imported: {imported}")
assert set(imported.values()) == {not forbidden}
assert int(tf.add(1, 2)) == 3
PYTHON
for _ in 1 2; do  # the first start compiles and reads from the disk
  for keras in allowed forbidden; do
    "$folder/venv/bin/python" "$folder/start.py" "$keras"
  done
done
