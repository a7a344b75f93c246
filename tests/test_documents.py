"""What the documents say works."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from photos import folder_of
from PIL import Image

import zoo865

ROOT = Path(__file__).parents[1]


def test_ci_runs_the_readme_s_two_commands():
    readme, script = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    commands = re.findall(r"^    (pip install .*)$", readme, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        for part in command.split(" && "):
            assert part in script


def test_readme_s_table_names_every_system():
    rows = re.findall(r"^\| `(\w+)`", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert sorted(set(rows)) == [system.name for system in zoo865.list_systems()], "a system has a row in the README"


def test_the_system_of_contributing_is_one_file(tmp_path, monkeypatch, zoo):
    """Put into the folder of models, it is listed; from anywhere, it trains, reports and exports."""
    code = re.search(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)[1]
    (tmp_path / "mnist_mlp.py").write_text(code)
    monkeypatch.setattr("zoo865.registry.MODELS", tmp_path)
    (system,) = zoo865.list_systems()
    assert (system.name, system.task, system.data) == ("mnist_mlp", "ImageClassification", "mnist")
    run = zoo865.make(zoo865.get_recipe(f"{tmp_path}/mnist_mlp.py:mnist_mlp").smallest(), run_dir=tmp_path / "run")
    assert run.metrics["test"]["accuracy"] > 0.3
    assert run.export_path.is_dir()


@pytest.fixture
def app(tmp_path, monkeypatch, capsys):
    """(name, *arguments) -> what a script of the lecture prints, in this process and an empty directory."""
    monkeypatch.chdir(tmp_path)

    def run(name, *arguments):
        script = ROOT / "apps" / name
        assert len(script.read_text().splitlines()) < 60
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(script), run_name="__main__")
        return capsys.readouterr().out

    return run


def test_the_lecture_s_script_runs_and_fits_on_a_page(app):
    said = app("mnist.py", "--data", "generated_digits", "--epochs", 1)
    assert len(re.findall(r"predicted \d", said)) == 5


def test_the_lecture_s_slides_on_learning_run_and_fit_on_a_page(app):
    """Downhill from the right one finds the nearer valley, from the left the deeper; gradients are differences."""
    for start, valley in ((3.2, 1.899), (-3.2, -2.091)):
        said = app("gradient_descent.py", f"--start={start}")
        assert float(re.findall(r"x = +(-?[\d.]+), height", said)[-1]) == pytest.approx(valley, abs=0.005)
    pairs = re.findall(r"^dL/d\w+ += +(-?[\d.]+) +(-?[\d.]+)$", app("backprop.py", "--activation", "sigmoid"), re.M)
    assert len(pairs) == 7
    errors = [float(error) for error in re.findall(r"error ([\d.]+)", app("minibatch.py"))]
    assert len(errors) == 5
    assert all(0.95 < error < 1.2 for error in errors)  # the noise around the line has the variance 1
    assert all(gradient == difference for gradient, difference in pairs)
    said = app("optimizers.py")
    ends = {
        name: (float(x), float(y)) for name, x, y in re.findall(r"^(\w+) +ends at +(.*), +(.*), height", said, re.M)
    }
    assert len(ends) > 10
    assert ends["SGD"] == (pytest.approx(-3.5 * 0.9**60, abs=1e-3), 0)  # the bowl's slopes are x and 10 y


@pytest.mark.agents
def test_the_lecture_s_agent_runs_and_fits_on_a_page(app, monkeypatch):
    """Trained until it is some ten times as good as chance."""
    train = zoo865.train
    early = {"phases.train.stop_at": 260}
    monkeypatch.setattr(zoo865, "train", lambda name: train(zoo865.get_recipe(name).override(early)))
    said = app("dqn.py")
    by_chance, trained = (float(re.search(rf"{name}: return ([\d.]+)", said)[1]) for name in ("chance", "trained"))
    assert trained > 8 * by_chance


def test_the_lecture_s_game_is_learned_and_fits_on_a_page(app, monkeypatch):
    train = zoo865.train
    monkeypatch.setattr(zoo865, "train", lambda name: train(zoo865.get_recipe(name).smallest()))
    said = app("alphazero.py")
    visits = re.search(r"visits \[([\d ]+)\]", said)[1]
    assert sum(map(int, visits.split())) == 200
    won, drawn, lost = map(int, re.search(r"won (\d+), drawn (\d+), lost (\d+) against", said).groups())
    assert won + drawn + lost == 40
    assert won > lost


def test_the_lecture_s_pictures_are_drawn_and_fit_on_a_page(tiny_run, tmp_path, app):
    app("what_it_learned.py", "--model", tiny_run("mnist_cnn").path)
    for name in ("filters", "feature_maps", "regions", "regions_of_classes", "wanted", "grad_cam", "embeddings"):
        shown = np.asarray(Image.open(tmp_path / "what_it_learned" / f"{name}.png").convert("L"))
        assert len(np.unique(shown)) > 50


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dcgan", "vae", "pixelcnn"])
def test_the_lecture_s_generative_scripts_take_a_folder_and_fit_on_a_page(name, tmp_path):
    """Of colour pictures of another size than the digits of the lecture."""
    script = ROOT / "apps" / f"{name}.py"
    assert len(script.read_text().splitlines()) < 60
    (tmp_path / "photos").mkdir()
    for number in range(50):
        Image.new("RGB", (40, 40), (number, 5 * number, 99)).save(tmp_path / "photos" / f"{number}.png")
    command = [sys.executable, str(script), "--data", "photos/", "--epochs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "open in a browser: " in done.stdout


@pytest.mark.slow
def test_the_lecture_s_fine_tuning_runs_and_fits_on_a_page(tmp_path):
    import keras

    script = ROOT / "apps" / "finetune.py"
    assert len(script.read_text().splitlines()) < 60
    whole = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(224, 224, 3))
    whole.save_weights(tmp_path / "any.weights.h5")
    folder_of(tmp_path / "photos", {"cat": 12, "dog": 12})
    command = [sys.executable, str(script), "photos", "--weights", "any.weights.h5", "--epochs", "1"]
    for more, words in (([], "open in a browser: "), (["--folds", "2"], "over all photos")):
        done = subprocess.run([*command, *more], capture_output=True, text=True, cwd=tmp_path, check=True)
        assert words in done.stdout


def test_the_tables_of_benchmarks_are_those_of_their_results(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import table

    blocks = list(table.BLOCK.finditer((ROOT / "README.md").read_text()))
    assert {block[2] for block in blocks} == set(table.TABLES)
    for block in blocks:
        assert block[0] == block[1] + table.TABLES[block[2]]() + block[3]


def test_a_benchmark_ends_when_a_way_dies(monkeypatch):
    """And does not wait for it; as when memory runs out."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import interleave

    for name in interleave.THREADS:
        monkeypatch.setenv(name, "1")
    with pytest.raises(RuntimeError, match="dead: its process was ended"):
        interleave.interleaved({"dead": (os._exit, (3,))}, rounds=1)


def test_every_command_stands_in_the_readme():
    from zoo865.cli.main import app

    readme = (ROOT / "README.md").read_text()
    for command in app.registered_commands:
        assert f"zoo865 {command.name} " in readme, command.name
