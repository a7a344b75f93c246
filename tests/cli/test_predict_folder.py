"""Asking about folders, and about names from stdin; answers to a CSV file."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zoo865
from zoo865.cli.arguments import in_examples
from zoo865.data.features import Audio, Observation, Text
from zoo865.data.features import Image as Picture
from zoo865.data.file_tree import file_tree
from zoo865.exporting.answers_out import write_answers

pytestmark = pytest.mark.fast

MODELS = Path(__file__).parents[2] / "saved_models"
DIGITS = MODELS / "mnist_cnn" / "3"
LATENTS = MODELS / "vae_2d" / "1"


@pytest.fixture
def scans(tmp_path):
    """70 digits, more than are asked about together, in a folder and its sub-folders; what is to be left out beside."""
    images = zoo865.load_data("mnist_sample").test.take(np.arange(70))["image"]
    for number, image in enumerate(images):
        path = tmp_path / "scans" / str(number % 3) / f"{number:02}.{('png', 'PNG', 'bmp')[number % 3]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(path)
    for name in (".hidden.png", ".cache/seen.png"):
        path = tmp_path / "scans" / name
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(images[0][..., 0]).save(path)
    (tmp_path / "scans" / "notes.txt").write_text("no picture")
    (tmp_path / "scans" / "folder.png").mkdir()
    return tmp_path / "scans"


@pytest.fixture
def stdin(monkeypatch):
    """Lines -> what stdin is."""
    return lambda *lines: monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(b"".join(os.fsencode(f"{line}\n") for line in lines)))
    )


def rows_of(path) -> list[dict]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_file_of_a_folder_has_a_row_that_the_predictor_confirms(zoo, scans):
    code, out, err = zoo("predict", DIGITS, "scans", "--out", "answers.csv")
    assert (code, err) == (0, "")
    assert out.startswith("answers.csv   70 predictions by ")
    rows = rows_of("answers.csv")
    assert list(rows[0]) == [
        "file",
        "label",
        "probability",
        *(f"probability of {d}" for d in range(10)),
        "distance",
        "notes",
        "error",
    ]
    assert [row["file"] for row in rows] == sorted(f"scans/{p.parent.name}/{p.name}" for p in scans.glob("[0-9]/*"))
    predictor = zoo865.Predictor(DIGITS)
    for row in rows:
        [answer] = predictor.predict(row["file"], notes=True)
        assert (row["label"], row["notes"], row["error"]) == (answer["label"], "; ".join(answer["notes"]), "")
        assert float(row["distance"]) == pytest.approx(answer["distance"], abs=1e-4)
        assert float(row["probability"]) == pytest.approx(answer["probability"], abs=1e-5)
        for name, probability in answer["probabilities"].items():
            assert float(row[f"probability of {name}"]) == pytest.approx(probability, abs=1e-5)


def test_other_answers_have_their_own_columns_and_what_is_done_is_noted(zoo, scans):
    image = np.asarray(Image.open(scans / "0" / "00.png"))
    Image.fromarray(255 - image).save("dark.png")
    assert zoo("predict", LATENTS, "dark.png", "scans/1", "--out", "answers.csv")[0] == 0
    first, *rows = rows_of("answers.csv")
    assert list(first) == ["file", "latent", "notes", "error"]
    [answer] = zoo865.Predictor(LATENTS).predict("dark.png", notes=True)
    assert json.loads(first["latent"]) == pytest.approx(answer["latent"], abs=1e-4)
    assert first["notes"] == "; ".join(answer["notes"]) != ""
    assert len(rows) == len(list((scans / "1").iterdir()))


def test_what_cannot_be_read_is_listed_and_ends_nothing(zoo, scans):
    (scans / "0" / "000.png").write_text("no picture")  # the first of all: columns come from a later answer
    whole = (scans / "1" / "01.PNG").read_bytes()
    (scans / "1" / "01.PNG").write_bytes(whole[: len(whole) // 2])
    code, out, err = zoo("predict", DIGITS, "scans", "--out", "answers.csv")
    assert (code, err) == (0, "2 of 71 could not be read\n")
    assert " 69 predictions" in out
    bad = [row for row in rows_of("answers.csv") if row["error"]]
    assert [row["file"] for row in bad] == ["scans/0/000.png", "scans/1/01.PNG"]
    assert all(row["label"] == "" and row["file"] in row["error"] for row in bad)

    code, out, err = zoo("predict", DIGITS, "scans", "--json")
    document = json.loads(out)
    assert (code, err, len(document)) == (0, "", 71)
    assert [one for one in document if "error" in one] == [{key: row[key] for key in ("file", "error")} for row in bad]

    code, out, err = zoo("predict", DIGITS, "scans")
    assert (code, err.splitlines()[-1]) == (0, "2 of 71 could not be read")
    assert len(out.splitlines()) == 71
    assert f"scans/1/01.PNG: error: {bad[1]['error']}" in out.splitlines()

    code, out, err = zoo("predict", DIGITS, "scans", "--out", "answers.csv", "--json")
    summary = {"engine": "onnx", "out": "answers.csv", "answered": 69, "unreadable": 2}
    assert (code, json.loads(out), err) == (0, {"export": str(DIGITS), "model": "published mnist_cnn/3", **summary}, "")


def test_named_files_are_all_answered_or_none_unless_for_a_csv(zoo, scans):
    Path("bad.png").write_text("no picture")
    code, out, err = zoo("predict", DIGITS, "scans/0/00.png", "bad.png")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert zoo("predict", DIGITS, "scans/0/00.png", "bad.png", "--out", "answers.csv")[0] == 0
    assert [bool(row["error"]) for row in rows_of("answers.csv")] == [False, True]


def test_stdin_names_files(zoo, scans, stdin):
    stdin("scans/0/00.png", "", "scans/1/01.PNG\r", "missing.png")
    code, out, err = zoo("predict", DIGITS, "-", "--json")
    assert (code, err) == (0, "")
    *answers, last = json.loads(out)
    names = [answer["file"] for answer in answers]
    assert names == ["scans/0/00.png", "scans/1/01.PNG"]
    assert [one["label"] for one in answers] == [one["label"] for one in zoo865.Predictor(DIGITS).predict(names)]
    assert last == {"file": "missing.png", "error": "no picture missing.png; check the path"}


def test_a_name_that_is_no_utf_8_is_answered_too(zoo, scans, stdin):
    name = os.fsdecode(b"scans/\xff.png")
    os.rename("scans/0/00.png", name)
    assert [zoo("predict", DIGITS, "scans", *more)[0] for more in ([], ["--json"], ["--out", "a.csv"])] == [0, 0, 0]
    assert rows_of("a.csv")[-1]["file"] == r"scans/\udcff.png"
    stdin(name)
    [answer] = json.loads(zoo("predict", DIGITS, "-", "--json")[1])
    assert (answer["file"], "label" in answer) == (name, True)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["empty"], ["in empty", ".png", "give another"]),
        (["texts", "--out", "a.csv"], ["in texts", ".png"]),
        (["scans", "--out", "missing/a.csv"], ["no folder missing", "mkdir -p missing"]),
        (["scans", "--out", "a.txt"], ["a.txt", "answers.csv"]),
        (["scans", "--out", "scans"], ["scans", "answers.csv"]),
        (["scans", "--out", "/proc/a.csv"], ["cannot write /proc/a.csv", "choose another path"]),
        (["bad", "--out", "a.csv"], ["none of 2 could be read", "bad/1.png"]),
        (["bad", "--json"], ["none of 2 could be read", "bad/1.png"]),
        (["-"], ["stdin is empty", "find ."]),
        (["-", "scans"], ["-", "alone"]),
    ],
)
def test_what_cannot_be_done_costs_a_line_and_leaves_nothing(zoo, scans, stdin, given, words):
    for folder in ("empty", "texts", "bad"):
        Path(folder).mkdir()
    for name in ("texts/a.txt", "bad/1.png", "bad/2.png"):
        Path(name).write_text("no picture")
    stdin()
    before = set(Path().rglob("*"))
    code, out, err = zoo("predict", DIGITS, *given)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert [word for word in words if word not in err] == []
    assert set(Path().rglob("*")) == before


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, RuntimeError])
def test_a_csv_is_whole_or_as_it_was(tmp_path, trouble):
    path = tmp_path / "answers.csv"
    path.write_text("of before")

    def rows():
        for number in range(1000):
            yield {"file": f"{number}.png", "label": "7", "notes": []}
        raise trouble

    with pytest.raises(trouble):
        write_answers(rows(), path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("answers.csv", "of before")]


def test_examples_are_taken_as_answers_are():
    """A chunk ahead, and no further: memory stays bounded, and stdin is read while it is written."""
    taken = []
    examples = (taken.append(number) or np.zeros((28, 28, 1), "uint8") for number in range(1000))
    answers = zoo865.Predictor(DIGITS).answers(examples)
    assert taken == []
    assert set(next(answers)) == {"label", "probability", "probabilities", "distance"}
    assert len(taken) < 100


def test_files_of_a_folder_are_those_that_the_kind_reads(tmp_path):
    for name in ("b.txt", "a b.TXT", "c.wav", "sub/d.WAV", "sub/.e.wav", ".git/f.wav", "g.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "gone.wav").symlink_to("nowhere")
    folder, sound = str(tmp_path), {"sound": Audio(8000, 8000)}
    assert in_examples([folder], sound) == [tmp_path / "c.wav", tmp_path / "sub" / "d.WAV"]
    # A name with a space is a text, unless it is a path.
    assert in_examples([folder], {"text": Text(5, ("a",))}) == [tmp_path / "a b.TXT", tmp_path / "b.txt"]
    assert in_examples(["x.png", folder], {"image": Picture((8, 8, 1))}) == ["x.png", tmp_path / "g.png"]
    with pytest.raises(zoo865.ZooError, match="reads no files; give one observation"):
        in_examples([folder], {"observation": Observation((4,))})
    with pytest.raises(zoo865.ZooError, match=r"is a folder, but each example has 2 inputs: first, second; .*paste"):
        in_examples([folder, folder], dict.fromkeys(("first", "second"), Picture((8, 8, 1))))


def test_files_in_finds_what_a_search_finds(scans):
    found = sorted(p for p in scans.rglob("*") if p.suffix in (".png", ".PNG", ".bmp") and p.is_file())
    assert list(file_tree(scans, (".png", ".bmp")).files.values()) == [path for path in found if "/." not in str(path)]


def test_lines_of_stdin_are_examples(tmp_path, stdin):
    file = tmp_path / "a text.txt"
    file.touch()
    stdin(f"{file}\tsome words", "one")
    pairs = list(in_examples(["-"], dict.fromkeys(("first", "second"), Text(5, ("a",)))))
    assert [tuple(map(str, pair)) for pair in pairs] == [
        (str(file), "some words"),
        ("one",),
    ]  # half of one: what reads it says so
    stdin("a\tb")
    assert list(in_examples(["-"], {"text": Text(5, ("a",))})) == ["a\tb"]


def test_neither_frameworks_nor_what_draws_is_imported(scans):
    code = "import sys\nsys.modules['tensorflow'] = sys.modules['keras'] = None\n"
    code += "from zoo865.cli.main import main\ntry:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
    code += "print([name for name in ('pandas', 'matplotlib', 'rich.progress', 'scipy') if name in sys.modules])"
    command = [sys.executable, "-c", code, "predict", DIGITS, scans, "--out", scans.with_name("answers.csv")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr, done.stdout.splitlines()[-1]) == (0, "", "[]")
    assert len(rows_of(scans.with_name("answers.csv"))) == 70


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_terminal_shows_how_far_it_is_unless_a_program_reads(scans, more):
    ours, theirs = os.openpty()
    command = [Path(sys.executable).with_name("zoo865"), "predict", DIGITS, scans, "--out", "a.csv", *more]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    subprocess.run(command, cwd=scans.parent, stdout=subprocess.DEVNULL, stderr=theirs, env=environment, check=True)
    os.write(theirs, b"the end")
    assert (b"70/70" in os.read(ours, 100_000)) == (not more)
    os.close(ours)
    os.close(theirs)


def test_names_are_shown_as_they_are_given_and_a_text_s_file_may_have_spaces(tmp_path, stdin, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b c.txt").write_text("dull awful")
    text = {"text": Text(5, ("dull", "awful"))}
    stdin("./b c.txt")
    for one in (*in_examples(["./b c.txt"], text), *in_examples(["-"], text)):
        assert str(one) == "./b c.txt"
        assert text["text"].read(one)[0] == "dull awful"
    assert in_examples(["dull film"], text) == ["dull film"]
