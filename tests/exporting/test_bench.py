import json
import shutil

import numpy as np
import pytest

import zoo865
from zoo865.exporting.bench import bench


def test_every_way_is_measured_at_every_batch(zoo, tiny_run):
    """One JSON document whose figures agree with each other."""
    code, out, err = zoo("bench", tiny_run("mnist_cnn").path, "--batch", "1,5", "--seconds", "0.2", "--json")
    result = json.loads(out)
    assert (code, err, result["signature"], result["left_out"]) == (0, "", "serve", {})
    assert [(row["batch"], row["engine"]) for row in result["measured"]] == [
        (batch, engine) for batch in (1, 5) for engine in ("onnx", "tensorflow", "model.predict")
    ]
    for row in result["measured"]:
        assert 0 < row["median_ms"] <= row["p90_ms"] <= row["p99_ms"]
        assert row["calls"] >= 1
        assert row["examples_per_second"] > 0
    assert result["hardware"]["cores"] >= 1
    assert {"tensorflow", "keras", "onnxruntime"} <= result["versions"].keys()


def test_figures_equal_numpy_s():
    from zoo865.exporting.bench import _figures

    times = np.random.default_rng(0).exponential(0.002, 500)
    figures = _figures(list(times), batch=8)
    assert figures["median_ms"] == pytest.approx(1000 * np.median(times))
    assert figures["p90_ms"] == pytest.approx(1000 * np.percentile(times, 90))
    assert figures["p99_ms"] == pytest.approx(1000 * np.percentile(times, 99))
    assert figures["examples_per_second"] == pytest.approx(8 / np.mean(times))
    assert figures["calls"] == 500


def test_ways_take_turns(monkeypatch):
    """On a clock that the calls alone move: the slow way is called less often, and both get the same time."""
    from zoo865.exporting import bench

    clock, order = [0.0], []

    def way(name, seconds):
        def call():
            clock[0] += seconds
            order.append(name)

        return call

    monkeypatch.setattr(bench.time, "perf_counter", lambda: clock[0])
    times = bench._measure({"slow": way("slow", 1.0), "fast": way("fast", 0.25)}, seconds=20)
    assert (len(times["slow"]), len(times["fast"])) == (10, 40)
    assert order[6:] == ["slow", *["fast"] * 4] * 10
    times = bench._measure({"endless": way("endless", 100.0), "fast": way("fast", 0.25)}, seconds=1)
    assert (len(times["endless"]), len(times["fast"])) == (1, 1)


def test_an_export_alone_is_measured_without_the_model(zoo, tiny_run, tmp_path):
    copy = shutil.copytree(tiny_run("vae").export_path, tmp_path / "served" / "1")
    shutil.rmtree(copy / "onnx")
    result = bench(copy, batches=(2,), seconds=0.2)
    assert [row["engine"] for row in result["measured"]] == ["tensorflow"]
    assert "needs the run" in result["left_out"]["model.predict"]
    assert "no encode.onnx" in result["left_out"]["onnx"]
    code, out, _ = zoo("bench", copy, "--batch", "2", "--seconds", "0.2")
    assert code == 0
    assert "median_ms" in out
    assert "model.predict left out: needs the run" in out
    assert "onnx left out: " in out


def test_what_only_draws_is_measured_by_its_export(tiny_run):
    result = bench(tiny_run("dcgan").path, batches=(2,), seconds=0.2)
    assert [row["engine"] for row in result["measured"]] == ["onnx", "tensorflow"]
    assert "takes normal_noise" in result["left_out"]["model.predict"]


def test_a_model_that_is_fed_pieces_is_measured_by_its_export(tiny_run):
    """Sounds of a usual length, not of a single sample."""
    run = tiny_run("wavenet")
    result = bench(run.path, batches=(1,), seconds=0.1)
    assert [row["engine"] for row in result["measured"]] == ["onnx", "tensorflow"]
    assert "not fed examples as they are" in result["left_out"]["model.predict"]
    assert zoo865.Predictor(run.path).examples(2, usual=True)["sound"].shape == (2, 800)


@pytest.mark.parametrize("batch", ["", "many", "1,,8", "1,1", "0", "-1", "1.5", "4097"])
def test_wrong_batches_cost_one_line(zoo, tiny_run, batch):
    code, out, err = zoo("bench", tiny_run("mnist_cnn").path, f"--batch={batch}")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("error: ")
    assert "batch" in err


def test_what_cannot_be_measured_costs_one_line(zoo, tiny_run):
    for arguments in (["nothing"], [tiny_run("mnist_cnn").path, "--seconds", "0"]):
        code, out, err = zoo("bench", *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
