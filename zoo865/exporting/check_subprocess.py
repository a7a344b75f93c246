"""Run as a script in a fresh process: runs an export's signatures on given inputs with TensorFlow alone, and converts
them to ONNX.

    python check_subprocess.py EXPORT FOLDER [SIGNATURE ...]

reads FOLDER/SIGNATURE.in.npz, writes FOLDER/SIGNATURE.out.npz. It fails where the export needs zoo865 or Keras, or
where a signature's graph draws random numbers or assigns variables. The signatures that are named it writes to
EXPORT/onnx/SIGNATURE.onnx, too, with the weights of all in EXPORT/onnx/weights.bin; what does not convert is left out,
and FOLDER/SIGNATURE.txt says why.
"""

import logging
import os
import sys
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
WEIGHTS, SMALL = "weights.bin", 1024  # bytes of what stays in a signature's own file
AXES = {2: ("batch", "length"), 3: ("batch", "length", "channels"), 4: ("batch", "height", "width", "channels")}


def _misplaced_ops(function) -> list[str]:
    """The ops of a signature's graph, nested functions included, that have no place in serving."""
    graph = function.graph.as_graph_def()
    nodes = [*graph.node, *(node for nested in graph.library.function for node in nested.node_def)]
    return sorted({node.op for node in nodes if "Random" in node.op or "Assign" in node.op})


def main(path, folder, in_onnx):
    """Loads, looks, runs, converts."""
    # Importing them from here on fails, as where they are not installed. TensorFlow would import Keras to see where
    # it stands, a third of its start.
    sys.modules["zoo865"] = sys.modules["keras"] = None  # type: ignore[assignment]  # typeshed lacks this use
    import numpy as np
    import tensorflow as tf

    loaded, folder = tf.saved_model.load(path), Path(folder)
    for given in sorted(folder.glob("*.in.npz")):
        name = given.name.removesuffix(".in.npz")
        function = loaded.signatures[name]
        if found := _misplaced_ops(function):
            raise SystemExit(f"signature {name!r} has ops that do not belong in serving: {', '.join(found)}")
        with np.load(given) as inputs:
            outputs = function(**{key: tf.constant(value) for key, value in inputs.items()})
        arrays = {key: value.numpy() for key, value in outputs.items()}
        # Texts come as objects, which NumPy's files hold only pickled.
        stored = {key: array.astype(bytes) if array.dtype == object else array for key, array in arrays.items()}
        np.savez(folder / f"{name}.out.npz", **stored)
    places = {}
    for name in in_onnx:
        try:
            convert(loaded.signatures[name], Path(path) / "onnx" / f"{name}.onnx", places)
        except Exception as error:  # tf2onnx raises any kind
            (folder / f"{name}.txt").write_text(" ".join(str(error).split()) or type(error).__name__)
    weights = Path(path) / "onnx" / WEIGHTS
    if weights.is_file() and not weights.stat().st_size:
        weights.unlink()


def convert(signature, file: Path, places: dict[bytes, int]):
    """Writes a signature as an ONNX file whose open dimensions have names.

    Args:
        signature: of a SavedModel.
        file: to write.
        places: of weights in weights.bin beside it, those of files written before.
    """
    import onnx
    import tensorflow as tf
    import tf2onnx

    inputs = dict(sorted(signature.structured_input_signature[1].items()))  # TensorFlow 2.21 loads them in any order
    specs = list(inputs.values())
    # With an input signature, the inputs of the file bear the signature's own names.
    function = tf.function(partial(_call, signature, list(inputs)), input_signature=specs, autograph=False)
    # It ends well where it knows no form of an op, says so in its log, and gives a file that does not load.
    said = Said()
    logging.getLogger("tf2onnx").addHandler(said)
    model, _ = tf2onnx.convert.from_function(function, specs)
    logging.getLogger("tf2onnx").removeHandler(said)
    if unknown := [line for line in said.lines if "nsupported op" in line]:
        raise ValueError("; ".join(unknown))
    for value in (*model.graph.input, *model.graph.output):
        dimensions = value.type.tensor_type.shape.dim
        for place, dimension in enumerate(dimensions):
            if not dimension.HasField("dim_value"):
                dimension.dim_param = AXES.get(len(dimensions), ("batch",) * 9)[place] if place else "batch"
    file.parent.mkdir(exist_ok=True)
    _share_weights(model, file.with_name(WEIGHTS), places)
    onnx.save(model, file)


def _share_weights(model, file: Path, places: dict[bytes, int]):
    """Moves weights to a file that all signatures share, each stored once."""
    from onnx import TensorProto, external_data_helper, numpy_helper

    with open(file, "ab") as weights:
        for tensor in model.graph.initializer:
            content = numpy_helper.to_array(tensor).tobytes()
            if len(content) < SMALL or tensor.data_type == TensorProto.STRING:
                continue
            if content not in places:
                weights.write(bytes(-weights.tell() % 64))  # as ONNX Runtime maps them into memory
                places[content] = weights.tell()
                weights.write(content)
            for field in ("float_data", "int32_data", "int64_data", "double_data", "uint64_data"):
                tensor.ClearField(field)
            tensor.raw_data = content
            external_data_helper.set_external_data(tensor, file.name, places[content], len(content))
            tensor.ClearField("raw_data")


class Said(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        """Keeps a line."""
        self.lines.append(record.getMessage())


def _call(signature, names, *tensors):
    return signature(**dict(zip(names, tensors, strict=True)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
