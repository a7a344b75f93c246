"""Names as people and old archives have them: no UTF-8, brackets, emojis' names, two spellings; on any stdout."""

import csv
import functools
import io
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_svg import FigureCanvasSVG
from PIL import Image
from rich.console import Console

import zoo865
from zoo865.callbacks.progress import Progress
from zoo865.cli import output
from zoo865.data.features import Label
from zoo865.data.spec import Spec
from zoo865.files import read_json, write_json, write_text
from zoo865.visualize.charts import matrix, scatter
from zoo865.visualize.grids import image_grid

pytestmark = pytest.mark.fast

DIGITS = Path(__file__).parents[2] / "saved_models" / "mnist_cnn" / "3"
LATIN = os.fsdecode(b"k\xe4tze")  # as an archive of Windows leaves it
CLASSES = ("Katze ä", "[red] dog", ":dog:", LATIN, "[/]", "<b>bold</b>", "[cat]", "$5 and $10", "b,c", "8")


@pytest.fixture
def renamed(tmp_path):
    """An export whose ten classes have such names, and a folder of two pictures, one with such a name."""
    shutil.copytree(DIGITS, tmp_path / "renamed", ignore=shutil.ignore_patterns("card.json"))
    details = tmp_path / "renamed" / "assets.extra" / "zoo865.json"
    document = read_json(details)
    spec = Spec.from_json(document["spec"])
    document["spec"] = {**spec.to_json(), "targets": {"label": Label(CLASSES).to_json()}}
    write_json(details, document)
    (tmp_path / "scans").mkdir()
    for name in (b"[red] \xe4.png", "ß.png".encode()):
        Image.fromarray(np.zeros((28, 28), "uint8")).save(os.fsencode(tmp_path) + b"/scans/" + name)
    return tmp_path / "renamed"


def zoo_with_stdout_in(encoding, folder, *arguments, **variables):
    """The command in a process of its own: (exit code, stdout, stderr) as bytes."""
    environment = {**os.environ, "PYTHONIOENCODING": encoding, **variables}
    done = subprocess.run(
        [sys.executable, "-m", "zoo865.cli.main", *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
    )
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_any_name_is_printed_on_a_stdout_of_ascii(renamed, tmp_path):
    code, out, _ = zoo_with_stdout_in("ascii", tmp_path, "predict", renamed, "scans")
    assert (code, out.count(b"\n")) == (0, 2)
    assert b"scans/[red] \\udce4.png: label " in out


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_json_holds_any_name(renamed, tmp_path, encoding):
    code, out, _ = zoo_with_stdout_in(encoding, tmp_path, "predict", renamed, "scans", "--json", LC_ALL="C")
    answers = json.loads(out.decode(encoding))
    assert code == 0
    assert {os.fsencode(answer["file"]) for answer in answers} == {b"scans/[red] \xe4.png", "scans/ß.png".encode()}
    assert set(answers[0]["probabilities"]) == {*CLASSES[:3], "k\\udce4tze", *CLASSES[4:]}


def test_names_of_classes_head_the_columns_of_a_csv(zoo, renamed):
    assert zoo("predict", renamed, "scans", "--out", "answers.csv")[0] == 0
    with open("answers.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [name for name in rows[0] if name.startswith("probability of")] == [
        f"probability of {name}" for name in [*CLASSES[:3], "k\\udce4tze", *CLASSES[4:]]
    ]
    assert sorted(row["file"] for row in rows) == ["scans/[red] \\udce4.png", "scans/ß.png"]


@pytest.mark.parametrize("name", [name for name in CLASSES if name != LATIN])
def test_tables_show_names_as_they_are(name, capsys):
    output.as_table([{"class": name, f"a {name}": 0.5}])
    assert capsys.readouterr().out.count(name) == 2


@pytest.mark.parametrize("draw", [matrix, scatter, image_grid])
def test_figures_show_names_as_they_are(draw):
    """No formula ($), and no label that a legend leaves out (_)."""
    names = ["$5 and $10", r"$\frac$", "_noise_", "<b>"]
    given = {matrix: (np.eye(4, dtype=int), names), scatter: (np.eye(4)[:, :2], np.arange(4), names)}
    figure = draw(*given.get(draw, (np.zeros((4, 8, 8, 1)), names)))
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        FigureCanvasSVG(figure).print_svg(file := io.StringIO())
    for name in names:
        assert name.replace("<", "&lt;").replace(">", "&gt;") in file.getvalue()


def test_errors_show_names_as_they_are(zoo):
    for arguments in (["predict", "[red] run", "x"], ["look", DIGITS, "[red] run"], ["compare", "[red] run"]):
        code, _, err = zoo(*arguments)
        assert (code, "[red] run" in err) == (2, True)
    assert "[red]" in zoo("train", "mnist_cnn", "--set", "[red]=1")[2]
    assert "'[red]'" in zoo("list", "[red]")[2]


def test_progress_shows_names_as_they_are(monkeypatch):
    recorded = functools.partial(Console, record=True, force_terminal=True, width=200)
    monkeypatch.setattr("zoo865.callbacks.progress.Console", recorded)
    progress = Progress(epochs=2, steps=1, examples_per_step=1, unit="[red] :dog:", batch_logs=lambda: {"[cat]": 1.0})
    progress.set_model(SimpleNamespace(stop_training=False))
    progress.on_train_begin()
    progress.on_epoch_begin(0)
    progress.on_train_batch_end(0, {"loss": 1.0})
    progress.bar.refresh()
    progress.on_epoch_end(0, {"loss": 1.0})
    progress.close()
    text = progress.console.export_text()
    assert "[cat] 1.0000" in text
    assert text.count("[red] :dog:/s") >= 2


def test_two_spellings_are_one_class():
    composed, decomposed = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert Label((composed, "tea")) == Label((decomposed, "tea"))
    assert Label((composed, "tea")).read(decomposed)[0] == 0


def test_a_folder_in_one_spelling_is_measured_by_a_run_of_the_other(tmp_path):
    for form in ("NFC", "NFD"):
        for name in ("café", "tea"):
            folder = tmp_path / form / unicodedata.normalize(form, name)
            folder.mkdir(parents=True)
            for number in range(8):
                Image.fromarray(np.full((8, 8), number * 9, "uint8")).save(folder / f"{number}.png")
    specs = [zoo865.load_data(str(tmp_path / form)).spec for form in ("NFC", "NFD")]
    assert specs[0].class_names == specs[1].class_names == ("café", "tea")


def test_names_that_are_no_utf_8_are_written_and_read_again(tmp_path):
    write_json(tmp_path / "a.json", {"path": LATIN, "class": "Katze ä"})
    assert read_json(tmp_path / "a.json") == {"path": LATIN, "class": "Katze ä"}
    write_text(tmp_path / "page.html", f"<p>{LATIN}</p>")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == "<p>k\\udce4tze</p>"


def test_places_that_tensorflow_cannot_open_are_refused_before_anything_is_done(zoo, tmp_path):
    place = os.fsdecode(os.fsencode(tmp_path) + b"/\xe4")
    settings = ("--data", "generated_digits", "--run-dir", place)
    for arguments in (("train", "mnist_cnn", *settings), ("export", DIGITS, place)):
        code, _, err = zoo(*arguments)
        assert (code, "is not valid UTF-8" in err) == (2, True)
    shutil.copytree(DIGITS, place)
    code, _, err = zoo("predict", place, "x.png")
    assert (code, "is not valid UTF-8" in err) == (2, True)


def test_a_folder_with_such_names_is_trained_on_and_reported(zoo, tmp_path, only_training):
    random = np.random.default_rng(0)
    for name, grey in ((b"k\xe4tze", 200), ("Katze ä".encode(), 60), (b"[red] $dog$", 120)):
        folder = os.path.join(os.fsencode(tmp_path), b"photos", name)
        os.makedirs(folder)
        for number in range(8):
            pixels = np.uint8(np.clip(random.normal(grey, 20, (16, 16, 3)), 0, 255))
            Image.fromarray(pixels).save(os.path.join(folder, b"h\xfc%d.png" % number))
    tiny = ("--epochs", 1, "--batch-size", 8, "--set", "model_args.width=4", "--run-dir", "[red] run")
    assert zoo("train", "mnist_cnn", "--data", "photos/", *tiny)[0] == 0
    assert zoo865.Run("[red] run").spec.class_names == ("Katze ä", "[red] $dog$", "k\\udce4tze")
    code, out, _ = zoo("evaluate", "[red] run", "--data", "photos/", "--json")
    assert (code, json.loads(out)["run"]) == (0, "[red] run")
    assert "[red] run" in zoo("compare", "[red] run", "[red] run")[1]
    code, out, _ = zoo(
        "look", "[red] run", os.path.join(b"photos", b"k\xe4tze", b"h\xfc1.png").decode(errors="surrogateescape")
    )
    assert (code, "[red] $dog$" in out, "k\\udce4tze" in out) == (0, True, True)
    assert zoo("report", "[red] run")[1] == "[red] run/report.html\n"
    page = Path("[red] run/report.html").read_text(encoding="utf-8")
    assert "k\\udce4tze" in page
