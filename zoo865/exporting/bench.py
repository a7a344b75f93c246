"""`bench`: latency and throughput of a trained system in every engine."""

import time

import numpy as np

from zoo865.errors import ZooError
from zoo865.exporting.noise import noise_like
from zoo865.exporting.predictor import ENGINES, Predictor
from zoo865.preprocessing import prepared
from zoo865.training.machine import processor, versions_of
from zoo865.training.published import find_trained

KERAS = "model.predict"
WARM_UPS = 3
LARGEST_BATCH = 4096


def bench(
    source, *, batches=(1, 8, 64), seconds: float = 20.0, engine: str | None = None, task=None, model=None
) -> dict:
    """Measures latency and throughput of an export in every engine, and of Keras' `model.predict`, in one process.

    The ways take turns: next comes the one that has used the least time so far. So noise hits all alike, and slow ways
    are called less often than fast ones. `model.predict` runs the model as it was trained; the engines run the
    signature that `Predictor.predict` asks, with its preprocessing.

    Args:
        source: the path of an export or of a run, or the name of a system.
        batches: how many examples at once, one measurement each.
        seconds: how long to measure, warm-up and loading not counted.
        engine: the only one to measure; "onnx" imports neither TensorFlow nor Keras. None measures all, and
            `model.predict`.
        task: as for `Predictor`.
        model: the Run or published model whose Keras model is measured beside; None takes that behind `source`.

    Returns:
        "measured": rows of batch, engine, median_ms, p90_ms, p99_ms (latency of a call in milliseconds),
        examples_per_second, calls. "left_out": engine -> why. Also "export" (its directory), "signature", "hardware"
        (with GPUs if TensorFlow ran), "versions" (of what ran).

    Raises:
        ZooError: nothing is exported, there is no such engine, or batches or seconds cannot be.
    """
    for batch in batches:
        if not 1 <= batch <= LARGEST_BATCH:
            raise ZooError(f"invalid batch size {batch}", f"give sizes from 1 to {LARGEST_BATCH}")
    if not 0 < seconds < float("inf"):
        raise ZooError(f"seconds must be greater than 0, not {seconds}")
    predictors, left_out = _predictors(source, task, ENGINES if engine is None else (engine,))
    first = next(iter(predictors.values()))
    model, left_out_model = (None, {}) if engine else _model(model or source, first.examples(1, usual=True))
    rows = []
    for batch in batches:
        inputs = {name: noise_like(blank) for name, blank in first.examples(batch, usual=True).items()}
        ways = {name: _asking(predictor, inputs) for name, predictor in predictors.items()}
        if model is not None:
            ways[KERAS] = _predicting(model, first.spec, inputs)
        for way, times in _measure(ways, seconds / len(batches)).items():
            rows.append({"batch": batch, "engine": way, **_figures(times, batch)})
    return {
        "export": str(first.path),
        "model": first.origin,
        "signature": first.default_signature,
        "measured": rows,
        "left_out": left_out | left_out_model,
        **_circumstances(predictors, alone=engine is not None),
    }


def _predictors(source, task, engines) -> tuple[dict[str, Predictor], dict[str, str]]:
    """Those of the engines that can answer for `source`, and why the others cannot."""
    predictors, failed = {}, {}
    for engine in engines:
        try:
            predictors[engine] = Predictor(source, engine=engine, task=task)
        except ZooError as error:
            failed[engine] = error
    if not predictors:
        raise next(iter(failed.values()))
    return predictors, {engine: str(error) for engine, error in failed.items()}


def _model(source, asked):
    """The Keras model of the run or published model behind `source` that takes these inputs; or None and why."""
    try:
        trained = find_trained(source)
        model = trained.model
    except ZooError as error:
        return None, {KERAS: f"needs the run, not only an export: {error.message}"}
    if not asked.keys() <= trained.spec.inputs.keys():
        return None, {KERAS: f"the export takes {', '.join(asked)}, which the trained model does not"}
    try:
        _predicting(model, trained.spec, asked)()
    except Exception as error:  # a model that is fed otherwise, by its batches, raises whatever it likes
        return None, {KERAS: f"the trained model is not fed examples as they are ({type(error).__name__})"}
    return model, {}


def _asking(predictor, inputs):
    return lambda: predictor.run(predictor.default_signature, **inputs)


def _predicting(model, spec, inputs):
    seen = prepared(spec, inputs)
    count = len(next(iter(inputs.values())))
    return lambda: model.predict(seen, batch_size=count, verbose=0)


def _measure(ways: dict, seconds: float) -> dict[str, list[float]]:
    """Way -> seconds of each of its calls."""
    for call in ways.values():
        for _ in range(WARM_UPS):
            call()
    times, spent = {way: [] for way in ways}, dict.fromkeys(ways, 0.0)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or not all(times.values()):
        way = min(spent, key=spent.__getitem__)
        start = time.perf_counter()
        ways[way]()
        times[way].append(time.perf_counter() - start)
        spent[way] += times[way][-1]
    return times


def _figures(times: list[float], batch: int) -> dict:
    median, p90, p99 = (float(1000 * quantile) for quantile in np.quantile(times, (0.5, 0.9, 0.99)))
    rate = batch * len(times) / sum(times)
    return {"median_ms": median, "p90_ms": p90, "p99_ms": p99, "examples_per_second": rate, "calls": len(times)}


def _circumstances(predictors, alone: bool) -> dict:
    """The hardware and the versions that figures depend on; `alone`, where one engine was measured and no model."""
    runtime = {}
    if "onnx" in predictors:
        import onnxruntime

        runtime = {"onnxruntime": onnxruntime.__version__}
        if alone:
            return {"hardware": {**processor(), "gpus": []}, "versions": versions_of("numpy") | runtime}
    from zoo865.training.devices import hardware, versions

    return {"hardware": hardware(), "versions": versions() | runtime}
