"""How fast a trained mnist_cnn answers, and in how much memory.

    python benchmarks/inference_speed.py

One run of `mnist_cnn` (short: how well it answers does not matter here) is exported as SavedModel and as ONNX. Then, in
turns: `Predictor` in both engines, `model.predict` of Keras, and ONNX Runtime called bare; on single images and on
batches of 64, uint8 of 28 x 28. A turn is many calls: seconds are those of one.
"""

import resource
import statistics
import subprocess
import sys
import tempfile

from interleave import from_command_line, interleaved, ratios, save

CALLS = {1: 300, 64: 60}  # in one turn; `model.predict` fewer, it is slow


def images(batch: int):
    """uint8 images (batch, 28, 28, 1)."""
    import numpy as np

    return np.random.default_rng(0).integers(0, 256, (batch, 28, 28, 1)).astype("uint8")


def repeated(call, times: int):
    """A turn that calls `times` times."""

    def run(number):
        for _ in range(times):
            call()

    return run


def predictor(run_dir: str, engine: str, batch: int):
    """`Predictor.predict`, which reads the input, and words the answer."""
    import zoo865

    asked, given = zoo865.Predictor(run_dir, engine=engine), images(batch)
    return repeated(lambda: asked.predict(given), CALLS[batch])


def predictor_run(run_dir: str, engine: str, batch: int):
    """`Predictor.run`: arrays in, arrays out."""
    import zoo865

    asked, given = zoo865.Predictor(run_dir, engine=engine), images(batch)
    return repeated(lambda: asked.run("serve", image=given), CALLS[batch])


def keras_predict(run_dir: str, batch: int):
    """`model.predict`, with the image scaled before."""
    import zoo865

    model, given = zoo865.Run(run_dir).model, images(batch).astype("float32") / 255
    return repeated(lambda: model.predict(given, batch_size=batch, verbose=0), CALLS[batch] // 10)


def onnx_bare(run_dir: str, batch: int):
    """`InferenceSession.run`."""
    import onnxruntime

    session = onnxruntime.InferenceSession(f"{run_dir}/export/mnist_cnn/1/onnx/serve.onnx")
    given = {"image": images(batch)}
    return repeated(lambda: session.run(None, given), CALLS[batch])


def growth(run_dir: str, engine: str) -> float:
    """Megabytes by which 1,000 predictions, one after the other, make a process grow."""
    code = (
        "import sys, numpy as np, zoo865, psutil\n"
        "asked, image = zoo865.Predictor(sys.argv[1], engine=sys.argv[2]), np.zeros((28, 28, 1), 'uint8')\n"
        "for _ in range(100): asked.predict(image)\n"
        "before = psutil.Process().memory_info().rss\n"
        "for _ in range(1000): asked.predict(image)\n"
        "print((psutil.Process().memory_info().rss - before) / 2**20)\n"
    )
    command = [sys.executable, "-c", code, run_dir, engine]
    return round(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout), 2)


def main(data_name: str, rounds: int):
    """Trains, measures and saves."""
    with tempfile.TemporaryDirectory() as folder:
        run_dir = f"{folder}/run"
        command = [sys.executable, "-m", "zoo865.cli.main"]
        train = [*command, "train", "mnist_cnn", "--data", data_name, "--epochs", "2", "--run-dir", run_dir]
        subprocess.run(train, check=True, stdout=sys.stderr)
        memory = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
        ways = {}
        for batch in CALLS:
            ways[f"Predictor.predict {batch}"] = (predictor, (run_dir, "tensorflow", batch))
            ways[f"Predictor.run {batch}"] = (predictor_run, (run_dir, "tensorflow", batch))
            ways[f"Predictor.run onnx {batch}"] = (predictor_run, (run_dir, "onnx", batch))
            ways[f"model.predict {batch}"] = (keras_predict, (run_dir, batch))
            ways[f"ONNX Runtime {batch}"] = (onnx_bare, (run_dir, batch))
        ways["Predictor.predict onnx 1"] = (predictor, (run_dir, "onnx", 1))
        measured = interleaved(ways, rounds)
        grown = {engine: growth(run_dir, engine) for engine in ("tensorflow", "onnx")}
    for name, turns in measured.items():
        calls = CALLS[int(name.split()[-1])] // (10 if name.startswith("model") else 1)
        measured[name] = [{clock: turn[clock] / calls for clock in ("cpu", "wall")} for turn in turns]
    pairs = [
        ("model.predict 1", "Predictor.predict 1"),
        ("model.predict 1", "Predictor.predict onnx 1"),
        ("model.predict 64", "Predictor.run 64"),
        ("Predictor.run 64", "ONNX Runtime 64"),
        ("Predictor.run onnx 64", "ONNX Runtime 64"),
        ("Predictor.run onnx 1", "ONNX Runtime 1"),
    ]
    above = [
        1000 * (a["wall"] - b["wall"])
        for a, b in zip(measured["Predictor.run onnx 1"], measured["ONNX Runtime 1"], strict=True)
    ]
    save(
        "inference_speed",
        data=data_name,
        peak_memory_of_training_mb=memory,
        memory_growth_of_1000_predictions_mb=grown,
        onnx_engine_above_bare_ms=round(statistics.median(above), 4),
        ratios=ratios(measured, pairs),
        milliseconds={
            name: round(1000 * statistics.median(turn["wall"] for turn in turns), 4) for name, turns in measured.items()
        },
        measured=measured,
    )


if __name__ == "__main__":
    from_command_line(main, __doc__)
