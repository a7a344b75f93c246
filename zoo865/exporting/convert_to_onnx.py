"""Run as a script in a fresh process, for tf2onnx speaks on all channels and changes how its process logs.

    python convert_to_onnx.py SAVED_MODEL FOLDER SIGNATURE...

writes FOLDER/SIGNATURE.onnx. What tf2onnx could not convert stands on stderr; it can end well all the same.
"""

import os
import sys
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main(path, folder, names):
    """Loads, converts, writes."""
    sys.modules["keras"] = None  # TensorFlow would import it to see where it stands: a third of its start
    import tensorflow as tf
    import tf2onnx

    loaded = tf.saved_model.load(path)
    for name in names:
        signature = loaded.signatures[name]
        inputs = signature.structured_input_signature[1]
        specs = list(inputs.values())
        call = partial(_call, signature, list(inputs))
        # With an input signature, the inputs of the file bear the signature's own names.
        function = tf.function(call, input_signature=specs, autograph=False)
        tf2onnx.convert.from_function(function, specs, output_path=f"{folder}/{name}.onnx")


def _call(signature, names, *tensors):
    return signature(**dict(zip(names, tensors, strict=True)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
