"""Files of word vectors: what is written is read again, bit for bit, here and by gensim; every oddity of a file."""

import gzip
import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from zoo865.data.vector_files import read_vectors, write_vectors
from zoo865.errors import ZooError

pytestmark = pytest.mark.fast

WORDS = ("the", "n't", "o'clock", "été", "日", "😀", "12", "-0.5", "nan", "</s>")
SUFFIXES = (".txt", ".vec", ".bin")


@pytest.fixture(scope="module")
def keyed_vectors():
    return pytest.importorskip("gensim.models").KeyedVectors


def any_floats(seed, shape=(10, 7)):
    """Finite float32 of any bits: denormals, -0.0, the largest."""
    bits = np.random.default_rng(seed).integers(0, 2**32, shape, dtype="uint32")
    bits.flat[:4] = (0, 0x80000000, 1, 0x7F7FFFFF)
    floats = bits.view("float32")
    return np.where(np.isfinite(floats), floats, np.float32(0.1))


def same_bits(found, expected):
    assert found.dtype == expected.dtype == np.float32
    np.testing.assert_array_equal(found.view("uint32"), expected.view("uint32"))


def content(tmp_path, data, name="vectors.txt"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def error_of(path, **asked):
    with pytest.raises(ZooError) as error:
        read_vectors(path, **asked)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    return str(error.value)


def binary(*pairs, end=b"", header=None):
    """word2vec's binary by Python's own `struct`."""
    size = len(pairs[0][1])
    written = [word.encode() + b" " + struct.pack(f"<{size}f", *vector) + end for word, vector in pairs]
    return (header or f"{len(pairs)} {size}\n".encode()) + b"".join(written)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("seed", range(5))
def test_what_is_written_is_read_bit_for_bit(tmp_path, suffix, seed):
    vectors = any_floats(seed)
    found = read_vectors(write_vectors(tmp_path / f"vectors{suffix}", WORDS, vectors))
    assert (found.words, found.notes) == (WORDS, ())
    same_bits(found.vectors, vectors)
    found.vectors[0] = 1  # it may be trained further


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (3, 1000)])
def test_shapes(tmp_path, suffix, shape):
    vectors = np.random.default_rng(0).normal(size=shape).astype("float32")
    same_bits(read_vectors(write_vectors(tmp_path / f"v{suffix}", WORDS[: shape[0]], vectors)).vectors, vectors)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_gensim_reads_what_is_written(tmp_path, suffix, keyed_vectors):
    vectors = any_floats(1)
    path = write_vectors(tmp_path / f"vectors{suffix}", WORDS, vectors)
    found = keyed_vectors.load_word2vec_format(str(path), binary=suffix == ".bin")
    assert tuple(found.index_to_key) == WORDS
    same_bits(found.vectors, vectors)


@pytest.mark.parametrize(
    ("name", "how"), [("v.txt", {}), ("v.bin", {"binary": True}), ("g.txt", {"write_header": False})]
)
def test_what_gensim_writes_is_read(tmp_path, name, how, keyed_vectors):
    vectors, theirs = any_floats(2), keyed_vectors(7)
    theirs.add_vectors(list(WORDS), vectors)
    theirs.save_word2vec_format(str(tmp_path / name), **how)
    found = read_vectors(tmp_path / name)
    assert (found.words, found.notes) == (WORDS, ())
    same_bits(found.vectors, vectors)


def test_text_as_word2vec_s_program_writes_it(tmp_path):
    found = read_vectors(content(tmp_path, b"2 3\n</s> 0.004003 0.004419 -0.003830 \nking -1.5 2 1e-3 \n"))
    assert found.words == ("</s>", "king")
    assert found.vectors.tolist() == np.float32([[0.004003, 0.004419, -0.003830], [-1.5, 2, 1e-3]]).tolist()


@pytest.mark.parametrize("end", [b"", b"\n"], ids=["gensim", "word2vec"])
@pytest.mark.parametrize("name", ["v.bin", "v.model", "v.bin.gz"])
def test_binary_with_and_without_newlines(tmp_path, end, name):
    data = binary(("king", (0.5, -1.0)), ("été", (0.25, 10.0)), end=end)
    found = read_vectors(content(tmp_path, gzip.compress(data) if name.endswith("gz") else data, name))
    assert (found.words, found.vectors.tolist()) == (("king", "été"), [[0.5, -1.0], [0.25, 10.0]])


def test_binary_vectors_may_hold_any_bytes(tmp_path):
    """Blanks and newlines among the bytes of numbers, 0x20202020 and 0x0A0A0A0A, separate nothing."""
    blank, newline = (struct.unpack("<f", byte * 4)[0] for byte in (b" ", b"\n"))
    pairs = [(f"w{number}", (blank, newline, float(number))) for number in range(100)]
    for end in (b"", b"\n"):
        found = read_vectors(content(tmp_path, binary(*pairs, end=end), "v.bin"))
        assert found.words == tuple(word for word, _ in pairs)
        same_bits(found.vectors, np.float32([vector for _, vector in pairs]))


def test_a_binary_file_is_read_in_pieces(tmp_path, monkeypatch):
    vectors = any_floats(3, (len(WORDS), 20))
    path = write_vectors(tmp_path / "v.bin", WORDS, vectors)
    for size in (32, 33, 64, 100):
        monkeypatch.setattr("zoo865.data.vector_files.HEAD", size)
        same_bits(read_vectors(path).vectors, vectors)


def test_a_binary_file_that_was_cut_anywhere_is_an_error(tmp_path):
    data = binary(("king", (0.5, -1.0)), ("queen", (0.25, 10.0)), ("man", (3.0, 4.0)))
    for length in range(len(data)):
        error_of(content(tmp_path, data[:length], "v.bin"))
    assert "ends after 2 of 3 words" in error_of(content(tmp_path, data[:-1], "v.bin"))
    assert "goes on after 3 words" in error_of(content(tmp_path, data + b"x", "v.bin"))


def test_a_binary_file_whose_words_have_blanks_is_not_misread(tmp_path, keyed_vectors):
    theirs = keyed_vectors(2)
    theirs.add_vectors(["new york", "king"], np.ones((2, 2), "float32"))
    theirs.save_word2vec_format(str(tmp_path / "v.bin"), binary=True)
    assert "damaged at word 2 or the one before" in error_of(tmp_path / "v.bin")
    theirs.save_word2vec_format(str(tmp_path / "v.txt"))
    assert read_vectors(tmp_path / "v.txt").words == ("new york", "king")


def test_compressed_text_is_read_and_a_damaged_one_an_error(tmp_path):
    data = gzip.compress(b"king 1 2\nqueen 3 4\n")
    assert read_vectors(content(tmp_path, data, "v.txt.gz")).vectors.tolist() == [[1, 2], [3, 4]]
    assert read_vectors(content(tmp_path, data, "v.txt")).words == ("king", "queen")
    assert "cannot unpack" in error_of(content(tmp_path, data[:-9], "v.txt.gz"))
    assert "cannot unpack" in error_of(content(tmp_path, data[:4] + b"\xff" * 20, "v.txt.gz"))


@pytest.mark.parametrize("header", [b"", b"6 3\n", b"6\t3\r\n", b"\xef\xbb\xbf6 3\n"], ids=repr)
def test_words_with_blanks_and_with_what_unicode_takes_for_blanks(tmp_path, header):
    """GloVe's 840B has ". . ." and "at name@domain.com"; fastText's files have no-break spaces, lines of U+0085."""
    lines = [
        "the 1 2 3",
        ". . . 4 5 6",
        "at name@domain.com 7 8 9",
        "a\u00a0b 1 1 1",
        "c\u0085d\u2028e 2 2 2",
        "5 5 5 5",
    ]
    found = read_vectors(content(tmp_path, header + "\n".join(lines).encode()))
    assert found.words == ("the", ". . .", "at name@domain.com", "a\u00a0b", "c\u0085d\u2028e", "5")
    assert found.vectors.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 1, 1], [2, 2, 2], [5, 5, 5]]
    assert found.notes == ()


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b" \n", b"\n\n"], ids=repr)
def test_ends_of_lines(tmp_path, line_end):
    found = read_vectors(content(tmp_path, line_end.join([b"king 1 2", b"queen\t3  4", b"man 5 6"]) + line_end))
    assert (found.words, found.vectors.tolist()) == (("king", "queen", "man"), [[1, 2], [3, 4], [5, 6]])


def test_the_first_line_may_be_the_odd_one(tmp_path):
    found = read_vectors(content(tmp_path, b". . . 1 2\nking 3 4\nqueen 5 6\n"))
    assert (found.words, found.vectors.shape) == ((". . .", "king", "queen"), (3, 2))


def test_malformed_lines_are_counted(tmp_path):
    good = [f"w{number} {number} 0.5" for number in range(8)]
    bad = ["short 1", "long 1 2 3", "text one two", "endless inf 1", "none nan 1", "large 1e39 1", " 1 2"]
    found = read_vectors(content(tmp_path, "\n".join([*good[:4], *bad, *good[4:]]).encode() + b"\n\xff\xfe 1 2\n"))
    assert found.words == tuple(f"w{number}" for number in range(8))
    assert found.malformed == len(bad) + 1
    assert found.notes == ("8 malformed words left out",)


def test_repeated_and_missing_words_are_counted(tmp_path):
    found = read_vectors(content(tmp_path, b"9 1\nking 1\nqueen 2\nking 3\nking 4\n"))
    assert (found.words, found.vectors.tolist()) == (("king", "queen"), [[1], [2]])
    assert (found.repeated, found.missing) == (2, 5)
    assert found.notes == ("2 repeated words, of which the first is used", "5 words fewer than its first line says")
    pairs = [("king", (1.0, 2.0)), ("king", (3.0, 4.0)), ("queen", (float("nan"), 0.0)), ("man", (5.0, 6.0))]
    found = read_vectors(content(tmp_path, binary(*pairs), "v.bin"))
    assert (found.words, found.vectors.tolist()) == (("king", "man"), [[1, 2], [5, 6]])
    assert (found.repeated, found.malformed) == (1, 1)


@pytest.mark.parametrize("suffix", [".txt", ".bin"])
def test_only_wanted_words_are_kept_and_held(tmp_path, suffix):
    vector, count = np.arange(30, dtype="float32"), 10_000
    numbers = " ".join(f"{number:.60f}" for number in vector).encode() if suffix == ".txt" else vector.tobytes()
    with open(path := tmp_path / f"v{suffix}", "wb") as file:
        file.write(b"%d 30\n" % count)
        file.writelines(b"%d%b %b\n" % (number, b"w" * 1000, numbers) for number in range(count))
    last, first = (f"{number}{'w' * 1000}" for number in (count - 1, 0))
    tracemalloc.start()
    found = read_vectors(path, words=[last, first, "absent"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.words, found.notes) == ((first, last), ())
    same_bits(found.vectors, np.stack([vector, vector]))
    assert peak < 8 * 2**20 < path.stat().st_size  # it is read a megabyte at a time
    assert read_vectors(path, words=[]).vectors.shape == (0, 30)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_other_dimensions_than_asked_for(tmp_path, suffix):
    path = write_vectors(tmp_path / f"v{suffix}", WORDS, any_floats(0))
    assert read_vectors(path, dimensions=7).vectors.shape == (10, 7)
    assert "line 1, has vectors of 7 dimensions, not 50" in error_of(path, dimensions=50)
    assert "line 2, has vectors of 1 d" in error_of(content(tmp_path, b"a b c\nking 1\nman 2\n"), dimensions=2)


PROSE = b"Call me Ishmael. Some years ago - never mind how long\nprecisely - having little or no money in my purse,\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it holds no words"),
        (b"\n\n", "it holds no words"),
        (b"5 3\n", "it holds no words"),
        (b"5 0\na\nb\n", "line 2 has 0 numbers, not 1"),
        (PROSE, "line 1 is 'Call me Ishmael."),
        (b"word\nanother\n", "line 1 has 0 numbers, not 1"),
        (b"2 3\nking 1 2\nqueen 3 4\n", "line 2 has 2 numbers, not 3"),
        (b"2 3\nking 1 2 3 4\nqueen 3 4 5 6\n", "line 2 has 4 numbers, not 3"),
        (b"a 1 2\nb 1 x\nc 2 x\nd 3 x\n", "line 2 is 'b 1 x'"),
        (b"PK\x03\x04\x14\0\0\0glove.txt", "it is an archive"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "it is a PNG"),
        (b"\xba\x16\x4f\x2f\x0c\0\0\0d\0\0\0", "give its .vec file"),
        (b"\x80\x04\x95\x1b\x01\0\0", "save_word2vec_format"),
        (b"\x93NUMPY\x01\0v\0{'descr': '<f4'", "it is a NumPy array"),
        (bytes(range(256)), "it is neither text, nor does it begin with two numbers"),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else "",
)
def test_what_is_no_file_of_vectors(tmp_path, data, said):
    assert said in error_of(content(tmp_path, data))


def test_what_cannot_be_read(tmp_path):
    assert "No such file" in error_of(tmp_path / "absent.txt")
    assert "Is a directory" in error_of(tmp_path)


NAN = np.array([[0.0, np.nan]])
REFUSED = [
    ("v.npy", ["a"], np.ones((1, 2)), "name a file NAME.txt for text, NAME.bin for binary"),
    ("v", ["a"], np.ones((1, 2)), "NAME.txt"),
    *(("v.txt", [word], np.ones((1, 2)), "blanks") for word in ("new york", "", "a\n", "a\u00a0b", " a")),
    ("v.txt", ["\ud83d"], np.ones((1, 2)), "UTF-8"),
    ("v.bin", ["a", "b", "a"], np.ones((3, 2)), "'a' to"),
    ("v.txt", ["a"], NAN, "the vector of 'a' is not finite"),
    ("v.bin", ["a"], np.array([[1e39, 0.0]]), "the vector of 'a' is not finite in float32"),
    ("v.txt", ["a", "b"], np.ones((1, 2)), "2 words with vectors of shape (1, 2)"),
    ("v.txt", ["a"], np.ones(2), "shape (2,)"),
    ("v.txt", [], np.ones((0, 2)), "0 words"),
    ("v.txt", ["a"], np.ones((1, 0)), "shape (1, 0)"),
]


@pytest.mark.parametrize(("name", "words", "vectors", "said"), REFUSED)
def test_what_is_refused_leaves_what_was_there(tmp_path, name, words, vectors, said):
    path = content(tmp_path, b"before", name)
    with pytest.raises(ZooError) as error:
        write_vectors(path, words, vectors)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [(name, b"before")]


def test_a_disk_that_is_full_leaves_nothing(tmp_path, monkeypatch):
    class Full(list):
        def __iter__(self):
            yield "king"
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("zoo865.data.vector_files._check", lambda *_: None)
    with pytest.raises(ZooError, match=r"cannot write .*: No space left on device"):
        write_vectors(tmp_path / "v.txt", Full(["king", "queen"]), np.ones((2, 2)))
    assert list(tmp_path.iterdir()) == []


def test_it_needs_neither_tensorflow_nor_keras():
    script = "import sys, zoo865.data.vector_files; assert not {'keras', 'tensorflow', 'gensim'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
