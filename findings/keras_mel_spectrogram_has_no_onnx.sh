#!/usr/bin/env bash
# Packages: keras 3.15.1, tensorflow 2.21.0, tf2onnx 1.17.0, onnx 1.23.2, onnxruntime 1.32.0, scipy 1.17.1, numpy 2.4.6.
# Expected: of Keras' two layers that make a spectrogram both convert to ONNX or neither: tf2onnx lists RFFT among what it
#   supports, and ONNX itself has had STFT and DFT since opset 17.
# Seen: MelSpectrogram does not convert ("Unsupported ops: Real, Imag": Keras takes the transform apart into two real
#   tensors, and tf2onnx knows RFFT only under an absolute value); tf2onnx logs the error and writes a model all the same,
#   which ONNX Runtime refuses to load. STFTSpectrogram, which is convolutions, converts and gives the same numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 tensorflow==2.21.0 tf2onnx==1.17.0 \
    onnx==1.23.2 onnxruntime==1.32.0 scipy==1.17.1 numpy==2.4.6
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - 2>"$folder/log" <<'END'
import keras
import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx

sound = np.random.default_rng(0).normal(0, 0.1, (2, 2048)).astype("float32")
layers = {
    "MelSpectrogram": keras.layers.MelSpectrogram(256, 128, sampling_rate=8000, num_mel_bins=20),
    "STFTSpectrogram": keras.layers.STFTSpectrogram("psd", 256, 128),
}
answers = {}
for name, layer in layers.items():
    spec = tf.TensorSpec((None, 2048, 1) if name[0] == "S" else (None, 2048), tf.float32, name="sound")
    given = sound.reshape(-1, *spec.shape[1:])
    wanted = np.array(layer(given))
    model, _ = tf2onnx.convert.from_function(tf.function(lambda sound: layer(sound)), [spec], opset=18)
    operators = {node.op_type for node in model.graph.node}
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString())
        found = session.run(None, {"sound": given})[0]
        answers[name] = bool(np.allclose(found, wanted, rtol=1e-3, atol=1e-7))
    except Exception as error:  # of a class that ONNX Runtime keeps in its compiled part
        answers[name] = type(error).__name__
    print(f"{name}: left in the graph {sorted(operators & {'Real', 'Imag', 'RFFT'})}; ONNX Runtime: {answers[name]}")
assert answers == {"MelSpectrogram": "InvalidGraph", "STFTSpectrogram": True}, "this has changed"
END
