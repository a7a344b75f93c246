"""Writing the SavedModel, which TensorFlow alone can serve."""

import keras
import tensorflow as tf


def write(signatures, path):
    """Writes signatures as a SavedModel."""
    # Nothing is tracked: Keras would write each variable twice, as its own and as TensorFlow's, and those that no
    # signature reads too.
    archive = keras.export.ExportArchive()
    for name, signature in signatures.items():
        inputs = [tf.TensorSpec(shape, dtype, name=key) for key, (shape, dtype) in signature.inputs.items()]
        archive.add_endpoint(name, signature.function, inputs)
    archive.write_out(str(path), verbose=False)
