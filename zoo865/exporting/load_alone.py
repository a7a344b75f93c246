"""Run as a script in a fresh process: loads an export with TensorFlow alone and runs its signatures on given inputs.

    python load_alone.py EXPORT FOLDER

reads FOLDER/SIGNATURE.in.npz, writes FOLDER/SIGNATURE.out.npz. It fails where the export needs zoo865 or Keras, or
where a signature's graph draws random numbers or assigns variables.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def misplaced_ops(function) -> list[str]:
    """The ops of a signature's graph, nested functions included, that have no place in serving."""
    graph = function.graph.as_graph_def()
    nodes = [*graph.node, *(node for nested in graph.library.function for node in nested.node_def)]
    return sorted({node.op for node in nodes if "Random" in node.op or "Assign" in node.op})


def main(path, folder):
    """Loads, looks, runs."""
    # Importing them from here on fails, as where they are not installed. TensorFlow would import Keras to see where
    # it stands, a third of its start.
    sys.modules["zoo865"] = sys.modules["keras"] = None
    import numpy as np
    import tensorflow as tf

    loaded = tf.saved_model.load(path)
    names = [name.removesuffix(".in.npz") for name in sorted(os.listdir(folder)) if name.endswith(".in.npz")]
    for name in names:
        function = loaded.signatures[name]
        if found := misplaced_ops(function):
            raise SystemExit(f"signature {name!r} holds {', '.join(found)}")
        with np.load(f"{folder}/{name}.in.npz") as inputs:
            outputs = function(**{key: tf.constant(value) for key, value in inputs.items()})
        np.savez(f"{folder}/{name}.out.npz", **{key: value.numpy() for key, value in outputs.items()})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
