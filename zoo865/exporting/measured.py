"""An export in place of its Keras model, to evaluate a run without TensorFlow."""

from zoo865.errors import ZooError
from zoo865.exporting.onnx_engine import onnx_folder
from zoo865.exporting.predictor import Predictor
from zoo865.training.published import Published


def export_to_measure(run) -> Predictor | None:
    """The export of a run, to measure in its model's place by ONNX Runtime, which imports neither TensorFlow nor Keras.

    None where only the model will do: the task measures what `serve` does not answer; the export may be of other
    weights, is not whole, or prepares otherwise than the run; TensorFlow sees a GPU.

    Args:
        run: a Run or a Published.
    """
    if not (_of_its_weights(run) and (onnx_folder(run.export_path) / "serve.onnx").is_file()):
        return None
    try:
        predictor = Predictor(run)
    except ZooError:  # whatever is wrong with the export, or with asking it here, the model can be measured
        return None
    prepares_alike = predictor.details.get("prepares_ink") and predictor.spec == run.spec
    answers = predictor.engine == "onnx" and predictor.task.measures_exports
    return predictor if answers and prepares_alike else None


def _of_its_weights(run) -> bool:
    """Whether its export cannot be older than its weights. A run that has not finished may have gone on since."""
    if isinstance(run, Published):
        return True
    return (run.path / "metrics.json").is_file() and run.metrics["finished"]
