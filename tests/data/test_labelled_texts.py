"""Labelled texts: tables as other programs write them, class folders as aclImdb has them, what is cut, and errors."""

import collections
import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import zoo865
from zoo865.data.load import full_name, is_there, names_a_place
from zoo865.data.sets.labelled_texts import BLOCK
from zoo865.data.text_tables import read_table
from zoo865.data.tokenizer import words_of
from zoo865.errors import ZooError

pytestmark = pytest.mark.fast

WORDS = (
    "a",
    "dull",
    "plot",
    "not",
    "one",
    "good",
    "joke",
    "we",
    "liked",
    "cast,",
    "music;",
    "end.",
    "Été",
    "日本",
    "😀",
)


def rows_of(count, classes=("neg", "pos"), seed=0):
    """So many different texts of two to thirty words, with labels in turn."""
    random = np.random.default_rng(seed)
    texts = [f"{number} {' '.join(random.choice(WORDS, random.integers(2, 30)))}" for number in range(count)]
    return [(text, classes[number % len(classes)]) for number, text in enumerate(texts)]


def table(path, rows, names=("text", "label"), encoding="utf-8", **settings):
    """A table that Python's csv or json writes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jsonl":
        lines = (json.dumps(dict(zip(names, row, strict=True)), **settings) + "\n" for row in rows)
        path.write_text("".join(lines), encoding)
        return path
    with open(path, "w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, **({"delimiter": "\t"} if path.suffix == ".tsv" else {}), **settings)
        writer.writerows([names, *rows])
    return path


def class_folders(place, rows, suffix=".txt", name=str):
    """A text file a row in a folder of its class; `name` makes its name from its number within the class."""
    counts = collections.Counter()
    for text, label in rows:
        path = place / label / f"{name(counts[label])}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        counts[label] += 1
    return place


def splits_of(data):
    return {part: data.split(part) for part in ("train", "validation", "test")}


def pairs_of(split, data):
    """(text, label) of every example."""
    examples = split.take(np.arange(len(split)))
    return [
        (text, data.spec.class_names[label])
        for text, label in zip(*(examples[n] for n in ("text", "label")), strict=True)
    ]


def every_pair(data):
    return sorted(pair for split in splits_of(data).values() for pair in pairs_of(split, data))


def error_of(place, **asked):
    with pytest.raises(ZooError) as error:
        zoo865.load_data(str(place), **{"labelled": True, **asked})
    assert "\n" not in str(error.value)
    assert error.value.hint
    return str(error.value)


TRICKY = [
    *(('He said "no", twice', "neg"), ("two\nlines, and a comma", "pos"), ("semicolon; tab\tend", "neg")),
    *(('\'single\' "double" ""', "pos"), ("  blanks around  ", "neg"), ("\u2028 no end of a line \x85", "pos")),
    *(('"all of it in quotes"', "neg"), ('ends with a quote"', "pos"), ("日本語 😀, été", "neg")),
]
WRITTEN = {  # name of the file -> how csv or json writes it
    "commas": ("a.csv", {}),
    "semicolons": ("a.csv", {"delimiter": ";"}),
    "tabs in .csv": ("a.csv", {"delimiter": "\t"}),
    "tabs": ("a.tsv", {}),
    "everything in quotes": ("a.csv", {"quoting": csv.QUOTE_ALL}),
    "tabs, everything in quotes": ("a.tsv", {"quoting": csv.QUOTE_ALL}),
    "lines of Unix": ("a.csv", {"lineterminator": "\n"}),
    "a byte order mark": ("a.csv", {"encoding": "utf-8-sig"}),
    "JSON": ("a.jsonl", {}),
    "JSON, letters as they are": ("a.jsonl", {"ensure_ascii": False}),
    "capitals in the suffix": ("a.CSV", {}),
}


@pytest.mark.parametrize(("name", "settings"), WRITTEN.values(), ids=WRITTEN)
def test_tables_are_read_as_they_were_written(tmp_path, name, settings):
    rows = TRICKY + rows_of(200)
    data = zoo865.load_data(str(table(tmp_path / name, rows, **settings)))
    assert every_pair(data) == sorted(rows)
    assert data.spec.class_names == ("neg", "pos")
    assert "Texts in column 'text', labels in column 'label'." in data.about
    assert not data.warnings


@pytest.mark.parametrize("seed", range(10))
def test_any_texts_are_read_as_they_were_written(tmp_path, seed):
    random = np.random.default_rng(seed)
    texts = ["x" + "".join(random.choice(list("ab ,;\t\n\"'é"), random.integers(1, 40))) for _ in range(60)]
    rows = [(text, random.choice(["1", "2"])) for text in texts]
    for name in ("a.csv", "a.tsv", "a.jsonl"):
        read = read_table(table(tmp_path / name, rows))
        assert list(zip(read.columns["text"], read.columns["label"], strict=True)) == rows


def test_tabs_without_any_quoting(tmp_path):
    """As GLUE writes them: quotes are those of the text, and may stand alone."""
    rows = [("\" it 's a mess", "0"), ('he says " wow', "1"), ('"wow" is all I can say "', "1"), *rows_of(30, "01")]
    lines = [f"{text}\t{label}" for text, label in rows]
    (tmp_path / "a.tsv").write_text("\n".join(["sentence\tlabel", *lines]), "utf-8")
    assert every_pair(zoo865.load_data(str(tmp_path / "a.tsv"))) == sorted(rows)


def test_a_field_of_any_length(tmp_path):
    before = csv.field_size_limit()
    rows = [("word " * 60_000, "neg"), *rows_of(30)]
    assert every_pair(zoo865.load_data(str(table(tmp_path / "a.csv", rows)))) == sorted(rows)
    assert csv.field_size_limit() == before


def test_json_of_other_kinds(tmp_path):
    rows = [*rows_of(20, (0, 1)), ("a lone surrogate \ud800", 1), (None, 1), ("without a label", None)]
    path = table(tmp_path / "a.jsonl", rows)
    path.write_text(path.read_text() + '\n{"text": "no key of a label"}\n\n')
    data = zoo865.load_data(str(path))
    assert data.spec.class_names == ("0", "1")
    assert ("a lone surrogate ?", "1") in every_pair(data)
    assert len(every_pair(data)) == 21
    assert data.left_out == (("a.jsonl, 3 rows", "no text or no label"),)


# Columns


FOUND = {  # columns -> those of texts and labels; a value is one of a row's text, label or number
    "usual names": (("review", "sentiment"), "rl", ("review", "sentiment"), ()),
    "in capitals": (("Sentiment", "Text"), "lr", ("Text", "Sentiment"), ()),
    "beside others": (("", "id", "label", "text", "url"), "nnlrn", ("text", "label"), ()),
    "a title beside the text": (("title", "body", "stars"), "srl", ("body", "stars"), ()),
    "a title alone": (("title", "topic"), "rl", ("title", "topic"), ()),
    "texts by their length": (("id", "what they said", "class"), "nrl", ("what they said", "class"), ("text",)),
    "labels by their values": (("id", "text", "verdict"), "nrl", ("text", "verdict"), ("label",)),
    "both": (("no", "words", "verdict"), "nrl", ("words", "verdict"), ("text", "label")),
}


@pytest.mark.parametrize(("names", "kinds", "found", "guessed"), FOUND.values(), ids=FOUND)
def test_columns_are_found_and_told(tmp_path, names, kinds, found, guessed):
    rows = rows_of(60)
    values = [{"r": text, "l": label, "n": number, "s": text.split()[0]} for number, (text, label) in enumerate(rows)]
    data = zoo865.load_data(str(table(tmp_path / "a.csv", [[v[kind] for kind in kinds] for v in values], names)))
    assert every_pair(data) == sorted(rows)
    said = f"exts in column {found[0]!r}, labels in column {found[1]!r}"
    assert said in data.about
    settings = [f"--set data_args.{which}_column=NAME" for which in guessed]
    assert [said in note for note in data.warnings] == [True] * bool(guessed)
    assert all(setting in data.warnings[0] for setting in settings)


def test_columns_are_as_a_person_names_them(tmp_path):
    rows = [(text, label, text[::-1], label[::-1]) for text, label in rows_of(60)]
    path = table(tmp_path / "a.csv", rows, ("text", "label", "reversed", "rating"))
    data = zoo865.load_data(str(path), text_column="reversed", label_column="rating")
    assert every_pair(data) == sorted((text, label) for *_, text, label in rows)
    assert not data.warnings


UNCLEAR = {
    "two columns of labels": (("text", "rating", "sentiment"), "rll", "may have its labels in 'rating', 'sentiment'"),
    "two by their values": (("text", "a", "b"), "rll", "may have its labels in 'a', 'b'"),
    "none": (("text", "id"), "rn", "has no column that is clearly of labels"),
    "two columns of texts": (("first", "second", "label"), "rrl", "may have its texts in 'first' or 'second'"),
    "two of usual names": (("label", "text", "review"), "lrr", "may have its texts in 'text' or 'review'"),
    "labels alone": (("label",), "l", "has no column of texts"),
    "no label beside a text": (("text",), "r", "has no column that is clearly of labels"),
}


@pytest.mark.parametrize(("names", "kinds", "wrong"), UNCLEAR.values(), ids=UNCLEAR)
def test_columns_that_are_not_clear_are_listed(tmp_path, names, kinds, wrong):
    values = [{"r": text, "l": label, "n": number} for number, (text, label) in enumerate(rows_of(60))]
    path = table(tmp_path / "a.csv", [[v[kind] for kind in kinds] for v in values], names)
    which = "text" if "texts" in wrong else "label"
    said = error_of(path)
    assert f"a.csv {wrong}; name it, --set data_args.{which}_column=NAME" in said
    assert f"one of {', '.join(map(repr, names))}" in said


def test_columns_that_cannot_be_named(tmp_path):
    path = table(tmp_path / "a.csv", rows_of(20))
    assert "a.csv has no column 'Text'; it has 'text', 'label'" in error_of(path, text_column="Text")
    assert "a.csv has no column 'y'; it has 'text', 'label'" in error_of(path, label_column="y")
    assert "'text' cannot be the column of texts and of labels" in error_of(
        path, text_column="text", label_column="text"
    )
    path = table(tmp_path / "b.csv", rows_of(20), ("text", "text"))
    assert "b.csv has 2 columns 'text'; give each a name of its own" in error_of(path)
    (first, label), *rows = rows_of(40)
    path = table(tmp_path / "c.csv", rows, (first, label))
    assert f"the first line of {path} does not name its columns, but is " in error_of(path)
    folder = class_folders(tmp_path / "folders", rows_of(20))
    assert "has no table called train" in error_of(folder, label_column="label")


# What is cut


@pytest.mark.parametrize("classes", [("neg", "pos"), ("a", "b", "c", "c", "c", "c")], ids=["even", "uneven"])
def test_a_fifth_tests_and_a_tenth_of_the_rest_validates_each_class_in_proportion(tmp_path, classes):
    rows = rows_of(600, classes)
    data = zoo865.load_data(str(table(tmp_path / "a.csv", rows)))
    splits = splits_of(data)
    assert {part: len(split) for part, split in splits.items()} == {"train": 432, "validation": 48, "test": 120}
    whole = np.unique([label for _, label in rows], return_counts=True)[1] / len(rows)
    for split in splits.values():
        np.testing.assert_allclose(np.bincount(split.labels) / len(split), whole, atol=1 / len(split))
    assert "432 train, 48 validation, 120 test (test and validation by stratified split, seed 865)" in data.about
    again = zoo865.load_data(str(tmp_path / "a.csv"))
    assert [pairs_of(one, data) for one in splits.values()] == [
        pairs_of(one, again) for one in splits_of(again).values()
    ]
    assert (data.files, data.contents, data.sha256) == (again.files, again.contents, again.sha256)


def plain(text):
    return " ".join(text.lower().split())


def test_equal_texts_stay_on_one_side(tmp_path):
    rows = rows_of(100)
    again = [
        (random.upper() if number % 2 else f" {random}  ".replace(" ", "\n "), label)
        for number, (random, label) in enumerate(rows)
    ]
    data = zoo865.load_data(str(table(tmp_path / "a.csv", [*rows, *again])))
    sides = {part: {plain(text) for text, _ in pairs_of(split, data)} for part, split in splits_of(data).items()}
    assert sum(map(len, sides.values())) == len(set().union(*sides.values())) == 100
    assert sum(map(len, splits_of(data).values())) == 200
    assert "100 texts equal to an earlier one, kept in the same split." in data.about
    assert not data.warnings
    contrary = [*rows, *((text, {"neg": "pos", "pos": "neg"}[label]) for text, label in rows[:7])]
    assert zoo865.load_data(str(table(tmp_path / "b.csv", contrary))).warnings == [
        "7 texts equal to another one with a different label"
    ]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl"])
def test_a_folder_with_tables_for_parts(tmp_path, suffix):
    rows = rows_of(150)
    table(tmp_path / f"train{suffix}", [*rows[:90], (rows[100][0].upper(), "neg"), *rows[130:132]])
    table(tmp_path / f"dev{suffix}", [*rows[90:120], rows[131], rows[132]])
    table(tmp_path / f"my_test{suffix}", rows[120:])
    (tmp_path / "notes.csv").write_text("any, thing")
    data = zoo865.load_data(str(tmp_path), labelled=True)
    splits = {part: sorted(pairs_of(split, data)) for part, split in splits_of(data).items()}
    # What is in the test as well goes out of training and validation, what is in validation out of training.
    assert splits == {"train": sorted(rows[:90]), "validation": sorted(rows[90:120]), "test": sorted(rows[120:])}
    assert "5 texts left out that a held-out split has, too." in data.about
    assert "(as in the folder)" in data.about
    assert data.left_out == (("notes.csv", "not called train, validation or test"),)


def test_a_folder_without_a_test_is_cut(tmp_path):
    """As Kaggle has them: the test has no labels."""
    rows = rows_of(200)
    table(tmp_path / "train.csv", rows)
    table(tmp_path / "test.csv", [(text,) for text, _ in rows], ("text",))
    data = zoo865.load_data(str(tmp_path), labelled=True)
    assert every_pair(data) == sorted(rows)
    assert len(data.test) == 40
    assert data.left_out == (("test.csv", "without the column 'label': not usable for test"),)
    (tmp_path / "train.csv").rename(tmp_path / "all of it.csv")
    (tmp_path / "test.csv").unlink()
    assert every_pair(zoo865.load_data(str(tmp_path), labelled=True)) == sorted(rows)


def test_folders_of_classes(tmp_path):
    rows = rows_of(90, ("neg", "neutral", "pos"))
    folder = class_folders(tmp_path / "texts", rows)
    (folder / "pos" / "empty.txt").write_text(" \n")
    (folder / "neg" / "picture.png").write_bytes(b"\x89PNG")
    data = zoo865.load_data(str(folder), labelled=True)
    assert every_pair(data) == sorted(rows)
    assert data.spec.class_names == ("neg", "neutral", "pos")
    assert ("pos/empty.txt", "empty") in data.left_out
    assert len(data.test) == 18
    example = data.train.take([0])
    assert Path(example["path"][0]).read_text("utf-8") == example["text"][0]
    running = zoo865.load_data(str(folder), vocabulary_size=50)  # as ever for a model of running text
    assert not running.spec.targets


def acl_imdb(place, count):
    """Its layout, with so many files of each class; every fifth training review of a class is in another part, too."""
    for part in ("train", "test"):
        for seed, label in enumerate(("neg", "pos")):
            rows = [(f"{part} {label} {text}", label) for text, _ in rows_of(count, (label,), seed)]
            class_folders(place / part, rows, name=lambda number, stars=3 + 5 * seed: f"{number}_{stars}")
        (place / part / f"urls_{part}.txt").write_text("http://www.imdb.com/title/tt0064354/usercomments\n" * 9)
        (place / part / "labeledBow.feat").write_text("9 0:9 1:1\n")
    class_folders(place / "train", [(text, "unsup") for text, _ in rows_of(30, seed=9)], name=lambda n: f"{n}_0")
    (place / "README").write_text("Large Movie Review Dataset v1.0")
    (place / "imdbEr.txt").write_text("0.0490972013402\n" * 9)
    shutil.copy(place / "test" / "pos" / "7_8.txt", place / "train" / "pos" / f"{count}_8.txt")
    return place


def test_the_layout_of_acl_imdb(tmp_path):
    place = acl_imdb(tmp_path / "aclImdb", count=1_000)
    data = zoo865.load_data(str(place), labelled=True)
    assert data.spec.class_names == ("neg", "pos")
    assert {part: len(split) for part, split in splits_of(data).items()} == {
        "train": 1_800,
        "validation": 200,
        "test": 2_000,
    }
    left_out = dict(data.left_out)
    assert left_out["train/unsup/ (30)"] == "unlabelled"
    assert {"imdbEr.txt", "*.feat (2)"} <= left_out.keys()
    assert "1 text left out that a held-out split has, too." in data.about
    assert f"Cut by blocks of {BLOCK} neighbouring IDs, so that reviews of one film mostly stay together." in data.about
    blocks = {}
    for part in ("train", "validation"):
        for path in data.split(part).take(np.arange(len(data.split(part))))["path"]:
            label, number = re.search(r"train/(neg|pos)/(\d+)_\d\.txt$", path).groups()
            blocks.setdefault((label, int(number) // BLOCK), set()).add(part)
    assert len(blocks) == 2 * 1_000 // BLOCK
    assert all(len(parts) == 1 for parts in blocks.values())
    assert np.bincount(data.validation.labels).tolist() == [100, 100]
    own = zoo865.load_data(str(place / "train"), labelled=True)
    assert sum(map(len, splits_of(own).values())) == 2_001
    few = acl_imdb(tmp_path / "few", count=40)  # a block a class cannot be cut
    assert "neighbouring IDs" not in zoo865.load_data(str(few), labelled=True).about


def test_folds_test_every_text_once(tmp_path):
    rows = rows_of(60) + rows_of(10)
    path = table(tmp_path / "a.csv", rows)
    folds = [zoo865.load_data(str(path), fold=(number, 3)) for number in (1, 2, 3)]
    assert sorted(pair for data in folds for pair in pairs_of(data.test, data)) == sorted(rows)
    for number, data in enumerate(folds, 1):
        assert every_pair(data) == sorted(rows)
        assert not {plain(text) for text, _ in pairs_of(data.test, data)} & {
            plain(text) for part in (data.train, data.validation) for text, _ in pairs_of(part, data)
        }
        assert f"fold {number} of 3, stratified, seed 865" in data.about
    assert "a.csv has 35 texts, too few for 99 folds; --folds 35" in error_of(path, fold=(1, 99))


def test_fewer_training_texts_and_their_words_alone(tmp_path):
    path = table(tmp_path / "a.csv", rows_of(300))
    whole = zoo865.load_data(str(path))
    data = zoo865.load_data(str(path), train_examples=50, vocabulary_size=12, min_count=2)
    assert len(data.train) == 50
    assert set(pairs_of(data.train, data)) < set(pairs_of(whole.train, whole))
    assert pairs_of(data.test, data) == pairs_of(whole.test, whole)
    counts = collections.Counter(word for text, _ in pairs_of(data.train, data) for word in words_of(text))
    often = sorted(counts, key=lambda word: (-counts[word], word))[:12]
    assert data.spec.inputs["text"].vocabulary == tuple(often)


def test_other_texts_are_measured_whole_by_a_models_words_and_classes(tmp_path):
    like = zoo865.load_data(str(table(tmp_path / "a.csv", rows_of(60, "123"))), vocabulary_size=20).spec
    path = table(tmp_path / "b.csv", [("unheard of", "3"), ("a good one", "3"), ("dull", "1")])
    data = zoo865.load_data(str(path), vocabulary_size=9, like=like)
    assert data.spec == like
    assert [len(split) for split in splits_of(data).values()] == [0, 0, 3]
    assert pairs_of(data.test, data) == [("dull", "1"), ("unheard of", "3"), ("a good one", "3")]
    assert "(all test). Texts in column 'text', labels in column 'label'. No texts of '2'." in data.about
    path = table(tmp_path / "c.csv", rows_of(6, ("3", "good")))
    assert "c.csv has the classes 'good' in train; the model was trained on '1', '2', '3'" in error_of(path, like=like)


def test_what_a_run_has_learned_from_is_known_in_another_table(tmp_path):
    """By its words: where it stands, and its capitals, do not count."""
    rows = rows_of(60)
    one = zoo865.load_data(str(table(tmp_path / "a.csv", rows)))
    two = zoo865.load_data(
        str(class_folders(tmp_path / "b", [(f" {text.upper()}", label) for text, label in rows])), labelled=True
    )
    assert set(one.sha256.values()) == set(two.sha256.values())
    for data in (one, two):
        paths = [path for split in splits_of(data).values() for path in split.take(np.arange(len(split)))["path"]]
        assert sorted(paths) == sorted(data.sha256)


def test_a_place_that_was_moved_is_known_again(tmp_path):
    rows = rows_of(60)
    one = zoo865.load_data(str(table(tmp_path / "a.csv", rows)))
    two = zoo865.load_data(str(table(tmp_path / "elsewhere" / "b.csv", rows)))
    assert (one.files, one.contents) == (two.files, two.contents)
    for changed in ([*rows[:-1], (rows[-1][0], "neg")], [*rows[:-1], ("another text", rows[-1][1])]):
        other = zoo865.load_data(str(table(tmp_path / "c.csv", changed)))
        assert other.contents != one.contents
    three = zoo865.load_data(str(class_folders(tmp_path / "folders", rows)), labelled=True)
    four = zoo865.load_data(str(shutil.copytree(tmp_path / "folders", tmp_path / "moved")), labelled=True)
    assert (three.files, three.contents) == (four.files, four.contents)


def test_classes_that_are_numbers_are_in_their_order(tmp_path):
    classes = ("10", "9", "-1", "2.5")
    data = zoo865.load_data(str(table(tmp_path / "a.csv", rows_of(80, classes))))
    assert data.spec.class_names == ("-1", "2.5", "9", "10")
    data = zoo865.load_data(str(table(tmp_path / "a.csv", rows_of(80, (" 10 ", "9", "x")))))
    assert data.spec.class_names == ("10", "9", "x")


def test_names_of_tables_are_places(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table(tmp_path / "a.csv", rows_of(20))
    for name in ("a.csv", "absent.TSV", "absent.jsonl"):
        assert names_a_place(name)
        assert is_there(name) == (name == "a.csv")
        assert full_name(name) == str(tmp_path / name)
    assert "cannot read absent.jsonl: No such file or directory" in error_of("absent.jsonl")
    assert "no file or folder absent" in error_of("./absent")


# Errors


LONG = "Où est la bibliothèque? Élève, français, été,pos\n" * 30
NOT_TABLES = {
    "Latin-1": ("a.csv", LONG.encode("latin-1"), "is not UTF-8: 210 of its first"),
    "Latin-1 in one line": (
        "a.csv",
        b"text,label\n" + b"a fine text,pos\n" * 99 + b"caf\xe9,pos\n",
        "in line 101; convert",
    ),
    "UTF-16": ("a.tsv", LONG.encode("utf-16"), "is UTF-16, not UTF-8; convert it: iconv -f UTF-16"),
    "an archive": ("a.csv", b"PK\x03\x04" + bytes(range(256)), "is not text: it is an archive"),
    "empty": ("a.csv", b"", "a.csv has no rows; give more text"),
    "newlines": ("a.csv", b"\n \n", "a.csv has no rows; give more text"),
    "names alone": ("a.csv", b"text,label\n", "a.csv has no rows; give more text"),
    "empty, of JSON": ("a.jsonl", b"\n\n", "a.jsonl has no rows; give more text"),
    "a JSON array": (
        "a.jsonl",
        b'[{"text": "a", "label": "b"},\n',
        "a.jsonl, line 1, is not a JSON object; write one a line",
    ),
    "broken JSON": (
        "a.jsonl",
        b'{"text": "a", "label": "b"}\n\n{"text": "a\n',
        "a.jsonl, line 3, is not a JSON object",
    ),
    "deep JSON": ("a.jsonl", b"[" * 200_000, "a.jsonl, line 1, is not a JSON object"),
    "another number of fields": ("a.csv", b"text,label\nfine,pos\na, b, c,neg\n", "a.csv, line 3, has 4 fields, not 2"),
    "an open quote": ("a.csv", b'text,label\nfine,pos\n"dull,neg\n' + b"fine,pos\n" * 9, "a.csv, line 3, has a quote"),
    "texts that are empty": ("a.csv", b"text,label\n,pos\n  ,neg\n", "all texts of"),
    "labels that are empty": ("a.csv", b"text,label\ngood,\nbad,\n", "or without a label"),
    "one class": ("a.csv", b"text,label\n" + b"fine,pos\n" * 9, "a.csv has only one class, 'pos'; at least two"),
    "too few": ("a.csv", b"text,label\na,pos\nb,neg\nc,pos\nd,pos\n", "class 'neg' in"),
    "running text": ("a.txt", b"some text\n" * 99, "a.txt has no labels; give a CSV, TSV or JSONL file"),
    "a compressed table": ("a.csv.gz", b"\x1f\x8b", "is an archive, in which no text is read; unpack it"),
}


@pytest.mark.parametrize(("name", "content", "said"), NOT_TABLES.values(), ids=NOT_TABLES)
def test_what_is_no_table_of_labelled_texts(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    assert said in error_of(tmp_path / name)


def test_a_few_rows_of_other_lengths_are_left_out_and_told(tmp_path):
    path = table(tmp_path / "a.csv", rows_of(100))
    text = path.read_text("utf-8").split("\n")
    text[10:10] = ["three, of, them\r"]
    path.write_text("\n".join([*text, "one", 'open,"quote,\n', ""]), "utf-8", newline="")
    data = zoo865.load_data(str(path))
    assert every_pair(data) == sorted(rows_of(100))
    (left_out,) = data.left_out
    assert left_out == ("a.csv, line 11 and 2 more", "not as many fields as the first line")
    assert data.warnings == [f"left out of a.csv: {left_out[0]}: {left_out[1]}"]


def test_an_open_quote_counts_by_the_lines_that_it_swallows(tmp_path):
    rows = [(f'"{number} open', "neg") if number == 50 else (str(number), "pos") for number in range(100)]
    (tmp_path / "a.csv").write_text("\n".join(f"{label},{text}" for text, label in [("text", "label"), *rows]))
    assert "a.csv, line 52, has a quote that is not closed; put texts into quotes" in error_of(tmp_path / "a.csv")


def test_folders_that_hold_no_labelled_texts(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "no texts in" in error_of(tmp_path / "empty")
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "a.txt").write_text("some text")
    assert "has texts, but no folders of classes; give a CSV" in error_of(tmp_path / "flat")
    class_folders(tmp_path / "one", [(text, "pos") for text, _ in rows_of(20)])
    assert "one has only one class, 'pos'; at least two are needed" in error_of(tmp_path / "one")
    folder = class_folders(tmp_path / "wrong", rows_of(20))
    (folder / "pos" / "0.txt").write_bytes("café".encode("latin-1"))
    assert f"{folder / 'pos' / '0.txt'} is not UTF-8: 1 of its first 4 bytes are wrong" in error_of(folder)
    folder = class_folders(tmp_path / "blank", [("", label) for _, label in rows_of(20)])
    assert f"all texts of {folder} are empty" in error_of(folder)
    for name in ("a", "b"):
        table(tmp_path / "two" / f"{name}.csv", rows_of(20))
    assert "two has no table called train; give one table, or call one train" in error_of(tmp_path / "two")
    for name in ("train.csv", "train_more.tsv"):
        table(tmp_path / "twice" / name, rows_of(20))
    assert "twice has two tables for train, train.csv and train_more.tsv; join them" in error_of(tmp_path / "twice")
    table(tmp_path / "parts" / "train.csv", rows_of(20))
    table(tmp_path / "parts" / "test.csv", rows_of(20, ("pos", "x", "y")))
    assert "parts has the classes 'x', 'y' in test; training has 'neg', 'pos'" in error_of(tmp_path / "parts")
    table(tmp_path / "parts" / "test.csv", rows_of(30))
    assert "every training text of" in error_of(tmp_path / "parts")
    table(tmp_path / "parts" / "test.csv", rows_of(20), ("said", "label"))
    assert "test.csv has no column 'text'; it has 'said', 'label'" in error_of(tmp_path / "parts")


def test_running_text_has_no_folds(tmp_path):
    (tmp_path / "a.txt").write_text("some text\n" * 900)
    with pytest.raises(ZooError, match=r"is not a folder of pictures, nor labelled texts, which .* omit the folds"):
        zoo865.load_data(str(tmp_path / "a.txt"), vocabulary_size=5, fold=(1, 3))


# The zoo's own


def verdict(text):
    """neg or pos, as a person reads a generated review: of each sentence by the clause that is no concession."""
    found = set()
    for sentence in text.lower().split(". "):
        if sentence.startswith("although "):
            counts = sentence.split(", ", 1)[1]
        else:
            counts = sentence.split(", even if ")[0].split(", but ")[-1]
        bad = any(word in counts for word in ("bad", "boring", "dull", "awful", "weak", "mess"))
        negated = any(word in counts for word in (" not ", "never", "anything but"))
        found.add("neg" if bad != negated else "pos")
    (one,) = found
    return one


def test_generated_reviews_can_be_told_apart_by_reading_but_not_by_their_words_alone():
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    data = zoo865.load_data("generated_reviews", vocabulary_size=100)
    pairs = {part: pairs_of(split, data) for part, split in splits_of(data).items()}
    assert {part: len(found) for part, found in pairs.items()} == {"train": 400, "validation": 100, "test": 100}
    assert len({text for found in pairs.values() for text, _ in found}) == 600
    for found in pairs.values():
        assert collections.Counter(label for _, label in found)["pos"] == len(found) / 2
        assert all(verdict(text) == label for text, label in found)
    words = CountVectorizer(tokenizer=words_of, token_pattern=None)
    classifier = LogisticRegression().fit(words.fit_transform([text for text, _ in pairs["train"]]), data.train.labels)
    right = classifier.score(words.transform([text for text, _ in pairs["test"]]), data.test.labels)
    assert right < 0.75
    assert set(words.get_feature_names_out()) == set(data.spec.inputs["text"].vocabulary)


@pytest.mark.slow
def test_imdb_has_no_test_review_in_training():
    """Prepared by TensorFlow Datasets before."""
    try:
        data = zoo865.load_data("imdb")
    except ZooError as missing:
        pytest.skip(str(missing))
    texts = {part: split.take(np.arange(len(split)))["text"].tolist() for part, split in splits_of(data).items()}
    assert {part: len(found) for part, found in texts.items()} == {"train": 22_281, "validation": 2_500, "test": 25_000}
    assert len({*texts["train"], *texts["validation"]}) == 24_781
    assert not {*texts["train"], *texts["validation"]} & {*texts["test"]}
    assert np.bincount(data.test.labels).tolist() == [12_500, 12_500]
    share = data.train.labels.mean()
    assert data.validation.labels.mean() == pytest.approx(share, abs=1 / 2_500)
    assert "none of the 123 that are in the test" in data.about
    assert "optimistic by 1 to 2 points" in data.about
    # Labels are those that readers expect.
    for label, word in enumerate(("awful", "wonderful")):
        of_class = [label for text, label in zip(texts["train"], data.train.labels, strict=True) if word in text]
        assert collections.Counter(of_class).most_common(1)[0][0] == label
