#!/bin/sh
# tensorflow-cpu 2.21.0, keras 3.15.1, numpy 2.4.6, Linux with glibc (2.31 and later), one thread.
#
# Expected: a training step that has run before allocates what the step before it freed. Fitting the same batch again
# and again costs no page faults to speak of.
#
# Seen: every step of a small recurrent network faults thousands of pages in anew. Activations of some megabytes come from
# `mmap` or from the arena of TensorFlow's thread, and glibc gives them back to the operating system as soon as they are
# freed; a quarter of the CPU time of such a training is system time. After mallopt(M_MMAP_MAX, 0),
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

words = np.random.default_rng(0).integers(0, 5000, (64, 240)).astype("int32")
labels = np.arange(64) % 2
inputs = keras.Input((None,), dtype="int32")
x = keras.layers.Embedding(5000, 50)(inputs)
x = keras.layers.Conv1D(96, 5, padding="causal", activation="relu")(x)
x = keras.layers.LSTM(64, return_sequences=True)(keras.layers.MaxPooling1D(2)(x))
model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.GlobalMaxPooling1D()(x)))
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
steps = 20
batches = tf.data.Dataset.from_tensors((words, labels)).repeat(steps)


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
