#!/usr/bin/env bash
# Packages: keras 3.15.1, tensorflow 2.21.0, numpy 2.4.6.
# Expected: keras.layers.MelSpectrogram gives a sound's picture whatever else is in the batch: `top_db` is a floor below the
#   sound's own loudest place, as in the libraries that it is like.
# Seen: the floor lies below the loudest place of the whole batch. Beside a loud sound a quiet one loses all that is 80 dB
#   below its neighbour: a classifier answers otherwise in another batch, and serving one by one is not what was trained.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 tensorflow==2.21.0 numpy==2.4.6
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - 2>/dev/null <<'END'
import keras
import numpy as np

quiet = np.random.default_rng(0).normal(0, 1e-4, (1, 8000)).astype("float32")
loud = np.random.default_rng(1).normal(0, 1, (1, 8000)).astype("float32")
layer = keras.layers.MelSpectrogram(256, 128, sampling_rate=8000, num_mel_bins=40)
alone = np.array(layer(quiet))[0]
beside = np.array(layer(np.concatenate([quiet, loud])))[0]
apart = np.abs(alone - beside).max()
print(f"the quiet sound in dB: {alone.mean():.1f} alone, {beside.mean():.1f} beside a loud one; {apart:.1f} dB apart at most")
assert apart > 10, "this has changed"
without = keras.layers.MelSpectrogram(256, 128, sampling_rate=8000, num_mel_bins=40, top_db=300.0)
same = np.abs(np.array(without(quiet))[0] - np.array(without(np.concatenate([quiet, loud])))[0]).max()
print(f"with the floor out of reach (top_db=300): {same:.4f} dB apart")
assert same < 0.01
END
