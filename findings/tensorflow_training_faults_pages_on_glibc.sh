#!/bin/sh
# tensorflow-cpu 2.21.0, keras 3.15.1, numpy 2.4.6, Linux with glibc (2.31 and later), one thread.
#
# Expected: a training step allocates again what steps before it freed. Fitting batches that were fitted before costs no
# page faults to speak of.
#
# Seen: every step of a small recurrent network faults thousands of pages in anew. Activations of some megabytes come from
# `mmap` or from the arena of TensorFlow's thread, and glibc gives them back to the operating system as soon as they are
# freed; a sixth of the CPU time of such a training is system time. After mallopt(M_MMAP_MAX, 0),
# mallopt(M_TRIM_THRESHOLD, 2**31 - 1) and mallopt(M_TOP_PAD, 64 MB) in the same process, hardly a page is faulted in.
#
# Exits 0 while this is so: more than 1,000 faults a step before, and less than a tenth of them after.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tensorflow-cpu==2.21.0 keras==3.15.1 numpy==2.4.6
cat > "$folder/faults.py" <<'END'
import ctypes
import resource
import time

import keras
import numpy as np
import tensorflow as tf

random = np.random.default_rng(0)
lengths = random.integers(100, 500, 20)  # of texts; those of a batch are alike
inputs = keras.Input((None,), dtype="int32")
x = keras.layers.Embedding(5000, 50)(inputs)
x = keras.layers.Conv1D(96, 5, padding="causal", activation="relu")(x)
x = keras.layers.Bidirectional(keras.layers.LSTM(64, return_sequences=True))(keras.layers.MaxPooling1D(2)(x))
model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.GlobalMaxPooling1D()(x)))
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
steps = len(lengths)
parts = [(random.integers(0, 5000, (64, length)).astype("int32"), np.arange(64) % 2) for length in lengths]
shapes = tf.TensorSpec((64, None), tf.int32), tf.TensorSpec((64,), tf.int64)
batches = tf.data.Dataset.from_generator(lambda: iter(parts), output_signature=shapes)


def measured(what):
    model.fit(batches, verbose=0)  # warm
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.process_time()
    model.fit(batches, verbose=0)
    after = resource.getrusage(resource.RUSAGE_SELF)
    faults, system = (after.ru_minflt - before.ru_minflt) / steps, after.ru_stime - before.ru_stime
    print(f"{what}: {faults:,.0f} page faults a step, system time {system / (time.process_time() - began):.0%} of the CPU time")
    return faults


given_back = measured("as glibc does it")
mallopt = ctypes.CDLL(None).mallopt
assert mallopt(-4, 0) and mallopt(-1, 2**31 - 1) and mallopt(-2, 64 * 2**20)
kept = measured("freed memory kept")
raise SystemExit(0 if given_back > 1_000 and kept < given_back / 10 else 1)
END
TF_CPP_MIN_LOG_LEVEL=3 OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 "$folder/venv/bin/python" "$folder/faults.py" 2> /dev/null
