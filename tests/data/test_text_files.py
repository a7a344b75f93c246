"""Text files as passages: nothing is lost or cut, splits are always the same, and what is no text is said."""

import gzip
import re
import shutil
import tracemalloc
import zipfile

import numpy as np
import pytest
from photos import folder_of, photo

import zoo865
from zoo865.data.load import names_a_place
from zoo865.data.sets.text_files import PASSAGE, holds_texts, texts
from zoo865.data.tokenizer import words_of
from zoo865.errors import ZooError

pytestmark = pytest.mark.fast

WORDS = ("the", "été", "don't", "日本", "😀", "naïve", "ß", "a", "Ω", "x" * 40)


def written(folder, **contents):
    """A folder with these files; names have "__" for "/"."""
    for name, content in contents.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def prose(seed, count, ends=" \n"):
    random = np.random.default_rng(seed)
    words, blanks = (
        random.choice(WORDS, count),
        random.choice(list(ends), count, p=[0.9, 0.1] if len(ends) > 1 else None),
    )
    return "".join(word + blank for word, blank in zip(words, blanks, strict=True))


def splits_of(data):
    return data.train, data.validation, data.test


def places_of(data):
    return sorted(place for split in splits_of(data) for place in split.places)


CORPORA = {
    "lines and paragraphs": {"a.txt": prose(1, 30_000), "b.md": prose(2, 5_000, "\n"), "sub__c.rst": prose(3, 40)},
    "no newline at all": {"a.txt": prose(4, 20_000, " ")},
    "neither newline nor blank": {"a.txt": "日本語" * 20_000, "b.txt": "😀" * 9_000, "c.txt": "x" * 50_000},
    "two and three bytes at every border": {f"{n}.txt": "x" * n + "é日" * 6_000 for n in range(4)},
    "one line of a megabyte": {"a.txt": "first\n" + prose(5, 120_000, " ") + "\nlast\n"},
    "lines of Windows": {"a.txt": prose(6, 9_000, "\n").replace("\n", "\r\n")},
    "an empty file among others": {"a.txt": "", "b.txt": prose(7, 9_000), "c.txt": ""},
    "a byte order mark": {"a.txt": "\ufeff" + prose(8, 9_000), "b.txt": "\ufeffword " * 3},
    "newlines alone": {"a.txt": "\n" * 50_000},
    "whole passages": {"a.txt": ("x" * 63 + "\n") * (PASSAGE // 64) * 200},
    "300 words": {"a.txt": prose(9, 300)},
    "many small files": {f"sub__{n}.txt": prose(n, 30) for n in range(50)},
}


@pytest.mark.parametrize("files", CORPORA.values(), ids=CORPORA)
def test_passages_hold_every_byte_once(tmp_path, files):
    data = texts(written(tmp_path / "corpus", **files))
    assert min(map(len, splits_of(data))) > 0
    found = {}
    for path, start, end in places_of(data):
        assert 0 < end - start <= PASSAGE
        assert start == found.get(path, 0)
        found[path] = end
    assert found == {path: path.stat().st_size for path in tmp_path.rglob("*.*") if path.stat().st_size}
    # Neither a character is cut, nor a word where words have blanks between them.
    passages = {}
    for split in splits_of(data):
        passages |= dict(zip(split.places, split.take(range(len(split)))["text"], strict=True))
    joined = "".join(passages[place] for place in places_of(data))
    assert joined == "".join(path.read_bytes().decode() for path in sorted(found))
    if re.search(r"\s", joined):
        assert [w for place in places_of(data) for w in words_of(passages[place])] == [
            word for path in sorted(found) for word in words_of(path.read_bytes())
        ]


@pytest.mark.parametrize("seed", range(20))
def test_passages_hold_every_byte_of_any_text(tmp_path, seed):
    random = np.random.default_rng(seed)
    characters = list("ab é日😀\n\r\t\u0085\u2028\ufeff\u0301")
    shares = random.dirichlet(np.full(len(characters), 0.3))
    text = "".join(random.choice(characters, int(random.integers(1_000, 60_000)), p=shares))
    data = texts(written(tmp_path, **{"a.txt": text}) / "a.txt")
    split = np.concatenate([part.take(range(len(part)))["text"] for part in splits_of(data)])
    order = np.argsort([start for part in splits_of(data) for _, start, _ in part.places])
    assert "".join(split[order]) == text


def test_5_percent_validate_and_5_test(tmp_path):
    data = texts(written(tmp_path, **{"a.txt": prose(0, 300_000)}))
    sizes = [len(split) for split in splits_of(data)]
    assert sizes[1:] == [int(0.05 * sum(sizes))] * 2
    assert f"passages of up to {PASSAGE:,} bytes, cut at random" in data.about


def test_splits_are_always_the_same_wherever_the_files_stand(tmp_path):
    files = CORPORA["lines and paragraphs"]
    one = texts(written(tmp_path / "one", **files))
    two = texts(written(tmp_path / "two", **dict(reversed(files.items()))))
    for mine, other in zip(splits_of(one), splits_of(two), strict=True):
        np.testing.assert_array_equal(mine.take(range(len(mine)))["text"], other.take(range(len(other)))["text"])
    assert one.contents == two.contents
    written(tmp_path / "two", **{"b.md": files["b.md"].replace("a", "b")})
    assert texts(tmp_path / "two").contents != one.contents
    alone, renamed = tmp_path / "one" / "a.txt", tmp_path / "renamed.txt"
    shutil.copy(alone, renamed)
    assert texts(alone).contents == texts(renamed).contents
    assert texts(alone).name == "a.txt"


def test_passages_are_taken_in_any_order(tmp_path):
    split = texts(written(tmp_path, **{"a.txt": prose(0, 20_000)})).train
    every = split.take(range(len(split)))["text"]
    order = np.array([5, 0, len(split) - 1, 5, -1])
    assert split.take(order)["text"].tolist() == every[order].tolist()
    assert split.part([3, 1]).take([1, 0])["text"].tolist() == [every[1], every[3]]
    assert split.take([])["text"].shape == (0,)
    assert split.take([0])["text"].dtype == object


def test_files_are_read_as_they_are_needed(tmp_path):
    path = written(tmp_path, **{"a.txt": ("word " * 200 + "\n") * 16_000}) / "a.txt"
    tracemalloc.start()
    data = texts(path)
    data.train.take(range(10))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**21 < path.stat().st_size / 7


def test_a_file_that_goes_while_it_is_read_is_an_error(tmp_path):
    data = texts(written(tmp_path, **{"a.txt": prose(0, 2_000)}))
    (tmp_path / "a.txt").unlink()
    with pytest.raises(ZooError, match=r"cannot read .*a\.txt: No such file or directory"):
        data.train.take([0])


def test_the_vocabulary_is_counted_in_training_texts_alone(tmp_path):
    path = written(tmp_path, **{"a.txt": prose(0, 20_000)}) / "a.txt"
    data = zoo865.load_data(str(path), vocabulary_size=5, min_count=2)
    words = [word for text in data.train.take(range(len(data.train)))["text"] for word in words_of(text)]
    often = sorted(set(words), key=lambda word: (-words.count(word), word))
    assert data.spec.inputs["text"].vocabulary == tuple(often[:5])


def test_other_text_is_measured_whole_by_the_vocabulary_of_a_model(tmp_path):
    written(tmp_path, **{"a.txt": prose(0, 9_000), "b.txt": "été naïve unheard"})
    like = zoo865.load_data(str(tmp_path / "a.txt"), vocabulary_size=6).spec
    data = zoo865.load_data(str(tmp_path / "b.txt"), vocabulary_size=50, like=like)
    assert data.spec == like
    assert [split.take(range(len(split)))["text"].tolist() for split in splits_of(data)] == [
        [],
        [],
        ["été naïve unheard"],
    ]


@pytest.mark.parametrize("text", ["a a a b b b\n" * 60, "word\n" * 200], ids=["two words", "one word"])
def test_a_vocabulary_smaller_than_a_window(tmp_path, text):
    from zoo865.batches.skip_gram import SkipGram

    data = zoo865.load_data(str(written(tmp_path, **{"a.txt": text}) / "a.txt"), vocabulary_size=50)
    feed = SkipGram(window=5, stretch=8, noise=4, subsample=0).open(data, batch_size=2, seed=0)
    (batch,) = next(iter(feed.dataset.as_numpy_iterator()))
    assert set(np.unique(batch["words"])) <= {0, 2, 3}
    assert np.isfinite(batch["word_scale"]).all()


def a_picture(path):
    photo(1, (40, 40)).save(path, "PNG")
    return path.read_bytes()


def error_of(place, **asked):
    with pytest.raises(ZooError) as error:
        zoo865.load_data(str(place), **{"vocabulary_size": 50, **asked})
    assert "\n" not in str(error.value)
    assert error.value.hint
    return str(error.value)


LONG = "Où est la bibliothèque? Élève, français, été. " * 30
NOT_TEXT = {
    "UTF-16": (LONG.encode("utf-16"), "is UTF-16, not UTF-8; convert it: iconv -f UTF-16"),
    "UTF-16 without its mark": (LONG.encode("utf-16-le"), "is UTF-16, not UTF-8; convert it: iconv -f UTF-16"),
    "Latin-1": (
        LONG.encode("latin-1"),
        "is not UTF-8: 210 of its first 1,380 bytes are wrong; convert it: iconv -f LATIN1",
    ),
    "a short one of Latin-1": ("café".encode("latin-1"), "is not UTF-8: 1 of its first 4 bytes are wrong"),
    "gzip": (gzip.compress(LONG.encode()), "is not text: it is an archive"),
    "PDF": (b"%PDF-1.7\n%\xb5\xb5\xb5\xb5\n1 0 obj\n" + bytes(100), "is not text: it is a PDF; give"),
    "what nobody knows": (bytes(range(256)) * 9, "is not text: it holds bytes of zero"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "is a Git LFS pointer"),
    "empty": (b"", "is empty; give more text"),
    "too short": (b"a few words", "has 11 bytes of text, too few to train, validate and test; give more text"),
    "blanks": (b" \n" * 5_000, "has no word that occurs 1 time in its training texts; give more text"),
}


@pytest.mark.parametrize(("content", "said"), NOT_TEXT.values(), ids=NOT_TEXT)
def test_what_is_no_text(tmp_path, content, said):
    path = written(tmp_path, **{"corpus.txt": content}) / "corpus.txt"
    assert f"corpus.txt {said}" in error_of(path)
    if " is not" in said or "UTF" in said:
        written(tmp_path, **{"good.txt": prose(0, 9_000)})
        assert f"{path} {said}" in error_of(tmp_path)  # the file is named, not the folder


def test_a_picture_is_no_text(tmp_path):
    for name in ("picture.png", "picture.txt"):
        (tmp_path / name).write_bytes(a_picture(tmp_path / "picture.png"))
        assert f"{name} is not text: it is a PNG; give text in UTF-8" in error_of(tmp_path / name)


def test_a_few_wrong_bytes_are_words_borders(tmp_path):
    content = prose(0, 9_000).encode() + b"left\xffright " + prose(1, 9_000).encode()
    data = texts(written(tmp_path, **{"a.txt": content}))
    found = {
        word for split in splits_of(data) for text in split.take(range(len(split)))["text"] for word in words_of(text)
    }
    assert {"left", "right"} <= found


def test_places_without_text(tmp_path):
    (tmp_path / "none").mkdir()
    assert "no text files in" in error_of(tmp_path / "none")
    assert "their names end in .txt, .text, .md, .rst" in error_of(
        written(tmp_path / "other", **{"a.csv": "a", ".b.txt": "b"})
    )
    assert "is empty" in error_of(written(tmp_path / "empty", **{"a.txt": "", "b.txt": ""}))
    assert "no text file or folder" in error_of(tmp_path / "absent")
    for name in ("absent.txt", "absent.md"):  # no separator, and nothing there: a file is meant all the same
        assert names_a_place(name)
        assert f"no text file or folder {name}; check the path" in error_of(name)
        assert f"no text file or folder {name}; check the path" in error_of(name, vocabulary_size=None)
    assert "(or give a folder of texts)" in error_of("absent")
    assert "(or give a folder of pictures)" in error_of("absent", vocabulary_size=None)


def test_archives_are_to_be_unpacked(tmp_path):
    written(tmp_path, **{"a.txt.gz": gzip.compress(prose(0, 9_000).encode())})
    with zipfile.ZipFile(tmp_path / "texts.zip", "w") as archive:
        archive.writestr("a.txt", prose(0, 9_000))
    shutil.copy(tmp_path / "texts.zip", tmp_path / "texts")
    for name in ("a.txt.gz", "texts.zip", "texts"):
        assert f"{name} is an archive, in which no text is read; unpack it" in error_of(tmp_path / name)


def test_what_cannot_be_asked_for(tmp_path):
    path = written(tmp_path, **{"a.txt": prose(0, 9_000)}) / "a.txt"
    with pytest.raises(ZooError, match="vocabulary_size must be at least 1, not 0"):
        zoo865.load_data(str(path), vocabulary_size=0)
    assert "omit the folds" in error_of(path, fold=(1, 3))
    assert "no word that occurs 10,000 times in its training texts" in error_of(path, min_count=10_000)


def test_of_a_mixed_folder_a_model_of_texts_reads_the_texts_and_others_the_pictures(tmp_path):
    folder = folder_of(tmp_path / "photos", {"cat": 20, "dog": 20})
    written(folder, **{"README.txt": "photos of cats and dogs", **{f"cat__{n}.txt": prose(n, 30) for n in range(90)}})
    assert zoo865.load_data(str(folder)).spec.class_names == ("cat", "dog")
    data = zoo865.load_data(str(folder), vocabulary_size=50)
    assert {path.suffix for path, _, _ in places_of(data)} == {".txt"}
    assert "Not read: *.jpg (40)." in data.about
    assert not holds_texts(folder)


def test_a_place_of_texts_is_known_by_its_names(tmp_path):
    folder = written(tmp_path / "texts", **{"a.txt": prose(0, 900), "b__c.MD": prose(1, 900), "b__about.csv": "x"})
    assert holds_texts(folder)
    assert len(places_of(zoo865.load_data(str(folder)))) > 3
    written(folder, **{"d.csv": "x", "e.csv": "x"})
    assert not holds_texts(folder)
    path = written(tmp_path, text8=prose(0, 9_000)) / "text8"
    assert not holds_texts(path)
    assert len(zoo865.load_data(str(path), vocabulary_size=50).train)  # a model of texts takes any file for one
