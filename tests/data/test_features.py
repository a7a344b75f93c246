"""The kinds of data: what people give becomes what a model sees; what is none costs a line."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image as Picture
from scipy.io import wavfile

import zoo865
from zoo865.data.features import Audio, Board, Image, Label, Observation, Text, Tokens, feature_from_json
from zoo865.data.features.feature import unboxed
from zoo865.data.features.text import vocabulary_of
from zoo865.data.spec import Arrays, Spec
from zoo865.data.statistics import checksum
from zoo865.data.tokenizer import words_of
from zoo865.preprocessing import prepare, prepared

pytestmark = pytest.mark.fast

FEATURES = [
    Image((8, 6, 3), crop=True),
    Image((28, 28, 1), ink="light", ink_margin=4, binary=True),
    Text(5, ("good", "bad", "it's")),
    Tokens(6, 10),
    Audio(1000, 50),
    Observation((2, 3), "uint8"),
    Observation((4,)),
    Board((2, 3), 3),
    Label(("cat", "dog")),
]


def opened(path):
    return io.BytesIO(path.read_bytes())


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.kind)
def test_json_both_ways_and_blank(feature):
    again = feature_from_json(json.loads(json.dumps(feature.to_json())), "input 'x'")
    assert again == feature
    blank = feature.blank(3)
    assert blank.shape == (3, *(1 if side is None else side for side in feature.shape))
    assert feature.blank(0).shape[0] == 0


@pytest.mark.parametrize("feature", FEATURES[:-1], ids=lambda feature: feature.kind)
def test_prepared_examples_have_the_shape_that_builders_are_told(feature):
    seen = prepared(Spec({"x": feature}), {"x": feature.blank(4)})
    assert seen.shape == (4, *feature.prepared_shape)
    in_a_graph = tf.function(lambda raw: prepare(Spec({"x": feature}), {"x": raw}), autograph=False)
    np.testing.assert_array_equal(in_a_graph(tf.constant(feature.blank(4))), seen)
    assert prepared(Spec({"x": feature}), {"x": feature.blank(0)}).shape == (0, *feature.prepared_shape)


def test_an_image_is_read_from_all_that_holds_one(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (8, 6, 3)).astype("uint8")
    Picture.fromarray(pixels).save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    given = [
        *(str(tmp_path / "a.png"), tmp_path / "a.png", content, io.BytesIO(content), opened(tmp_path / "a.png")),
        *(Picture.fromarray(pixels), pixels, pixels / 255.0, tf.constant(pixels), (pixels / 255.0).tolist()),
    ]
    feature = Image((8, 6, 3))
    for one in given:
        assert feature.is_one(one)
        read, notes = feature.read(one)
        np.testing.assert_array_equal(read, pixels)
        assert notes == ()
    for several in (pixels[None], [pixels, pixels], tf.constant(pixels[None]), [str(tmp_path / "a.png")], iter(given)):
        assert not feature.is_one(several)


def test_words_are_those_that_the_graph_finds():
    """Of several languages, in Python and in TensorFlow."""
    texts = ["It's 5 o'clock: GOOD!", "  ", "schön, ÉTÉ—naïve_word", "«Привет», мир... 你好 世界", "a\tb\nc", "x" * 50]
    vocabulary = vocabulary_of(texts, 100)
    feature = Text(8, vocabulary)
    numbers = prepared(Spec({"text": feature}), {"text": np.array(texts, object)})
    for text, row in zip(texts, numbers, strict=True):
        expected = [2 + vocabulary.index(word) for word in words_of(text)][:8]
        assert row.tolist() == expected + [0] * (8 - len(expected))
        assert feature.show(row).split() == words_of(text)[:8]
    unknown = prepared(Spec({"text": feature}), {"text": np.array(["nobody knows"], object)})
    assert unknown[0].tolist() == [1, 1, 0, 0, 0, 0, 0, 0]
    assert vocabulary_of(["b a b", "c a b"], 2) == ("b", "a")


def test_a_text_is_read_from_all_that_holds_one(tmp_path):
    (tmp_path / "a.txt").write_text("schön", encoding="utf-8")
    given = ["schön", "schön".encode(), str(tmp_path / "a.txt"), tmp_path / "a.txt", opened(tmp_path / "a.txt")]
    given += [np.array("schön"), np.array("schön", object), tf.constant("schön")]
    for one in given:
        assert Text(3, ()).is_one(one)
        assert Text(3, ()).read(one)[0].item() == "schön"
    assert Text(3, ()).read(str(tmp_path / "a.txt"))[1] == (f"read from {tmp_path / 'a.txt'}",)


@pytest.mark.parametrize("kind", ["uint8", "int16", "int32", "float32"])
def test_a_sound_is_the_same_in_every_format_of_wav(tmp_path, kind):
    """24 bits apart, which SciPy reads and does not write."""
    wave = np.sin(2 * np.pi * np.arange(40) / 20).astype("float32") * 0.5
    scaled = {"uint8": wave * 127 + 128, "float32": wave}.get(
        kind, wave * np.iinfo(kind).max if kind[0] == "i" else wave
    )
    wavfile.write(tmp_path / "a.wav", 1000, np.round(scaled).astype(kind) if kind != "float32" else scaled)
    samples, notes = Audio(1000, 50).read(tmp_path / "a.wav")
    np.testing.assert_allclose(samples, wave, atol=0.01)
    assert notes == ()
    for given in ((tmp_path / "a.wav").read_bytes(), opened(tmp_path / "a.wav")):
        np.testing.assert_array_equal(Audio(1000, 50).read(given)[0], samples)


def test_a_sound_of_another_rate_and_of_two_channels(tmp_path):
    time = np.arange(8000) / 8000
    tone = (0.5 * np.sin(2 * np.pi * 50 * time)).astype("float32")
    wavfile.write(tmp_path / "a.wav", 8000, np.stack([tone, 0 * tone], 1))
    samples, notes = Audio(1000, 1000).read(tmp_path / "a.wav")
    assert notes == ("averaged 2 channels", "resampled from 8,000 to 1,000 Hz")
    np.testing.assert_allclose(samples[100:-100], tone[::8][100:-100] / 2, atol=0.01)
    seen = prepared(Spec({"sound": Audio(1000, 1200)}), {"sound": samples[None]})
    np.testing.assert_array_equal(seen[0, 1000:], 0)


def test_of_a_long_sound_the_beginning_counts():
    samples, notes = Audio(1000, 500).read(np.arange(800, dtype="float32") / 800)
    np.testing.assert_array_equal(samples, np.arange(500, dtype="float32") / 800)
    assert notes == ("its first 0.50 of 0.80 s",)
    assert Audio(1000, 800).read(np.zeros(800))[1] == ()


def test_numbers_are_read_and_seen():
    assert Tokens(6, 10).read("[1, 2, 3]")[0].tolist() == [1, 2, 3]
    assert prepared(Spec({"x": Tokens(4, 10)}), {"x": [[1, 2]]}).tolist() == [[1, 2, 0, 0]]
    pixels = Observation((2,), "uint8").read([0, 255])[0]
    np.testing.assert_array_equal(prepared(Spec({"x": Observation((2,), "uint8")}), {"x": pixels[None]}), [[0, 1]])
    board = Board((2, 2), 3).read("[[0, 1], [2, 0]]")[0]
    planes = prepared(Spec({"x": Board((2, 2), 3)}), {"x": board[None]})
    np.testing.assert_array_equal(planes[0].argmax(-1), board)
    assert Board((2, 2), 3).show(board) == Board((2, 2), 3).show(planes[0]) == ". 1\n2 ."
    assert Label(("cat", "dog")).read("dog")[0] == Label(("cat", "dog")).read(1)[0] == 1
    assert Label(("cat", "dog")).show(np.array([0.3, 0.7])) == "70% dog, 30% cat"


def test_an_agent_in_numpy_sees_what_the_graph_shows():
    from zoo865.agents.environments import as_given, as_seen

    for dtype in ("uint8", "float32", "bool"):
        raw = np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 256, (5, 3)).astype(dtype)
        seen = prepared(Spec({"x": Observation((3,), dtype)}), {"x": raw})
        np.testing.assert_allclose(as_seen(raw), seen, rtol=1e-6)
        np.testing.assert_array_equal(as_given(as_seen(raw), str(raw.dtype)), raw)


@pytest.mark.parametrize(
    ("feature", "given", "words"),
    [
        (Image((8, 8, 1)), "This is a text, and no picture.", ["no picture This is a text"]),
        (Image((8, 8, 1)), b"no picture", ["it is a text file"]),
        (Image((8, 8, 1)), np.array(["a"]), ["is not an image"]),
        (Image((8, 8, 1)), 5, ["type int is not a picture"]),
        (Text(4, ()), 5, ["type int is not a text", "give a string"]),
        (Text(4, ()), b"\xff\xfe", ["is not UTF-8 text"]),
        (Text(4, ()), "a" * 1_000_001, ["1,000,001 characters", "at most 1,000,000"]),
        (Text(4, ()), "missing.txt", ["cannot read text missing.txt"]),
        (Tokens(3, 10), [1, 2, 3, 4], ["4 tokens are too many", "at most 3"]),
        (Tokens(3, 10), [1, 10], ["10 is not a token", "tokens are 0 to 9"]),
        (Tokens(3, 10), [1.5], ["not a list of tokens"]),
        (Audio(1000, 50), "missing.wav", ["no sound missing.wav"]),
        (Audio(1000, 50), b"RIFF", ["cannot read"]),
        (Audio(1000, 50), np.array([np.nan]), ["non-finite"]),
        (Observation((4,)), "[1, 2]", ["is not an observation of shape (4,)"]),
        (Observation((2,)), [1, float("inf")], ["is not an observation of shape (2,)"]),
        (Board((2, 2), 3), [[0, 3], [0, 0]], ["is not a board", "2 rows of 2 numbers from 0 to 2"]),
        (Board((2, 2), 3), "hello", ["is not a board"]),
        (Label(("cat", "dog")), "dgo", ["no class 'dgo'", "did you mean dog"]),
        (Label(("cat", "dog")), 2, ["no class 2"]),
        (Label(("cat", "dog")), None, ["no class None"]),
        (Label(("cat", "dog")), 0.7, ["no class 0.7"]),
        (Image((8, 8, 1), ink="light"), np.zeros((8, 0), "uint8"), ["8 x 0 is empty"]),
        (Image((8, 8, 1)), Picture.new("L", (0, 0)), ["0 x 0 is empty"]),
        (Text(4, ()), "half \ud800", ["is not UTF-8 text"]),
        (Text(4, ()), np.zeros((2, 3)), ["is not a text"]),
        (Audio(1000, 50), [1000, -1000], ["int64 is not a sound"]),
        (Audio(1000, 50), np.array([30.0]), ["up to 30"]),
        (Audio(1000, 50), 5, ["type int is not a sound"]),
        (Observation((2,), "uint8"), [300, -1], ["is not an observation of shape (2,), uint8"]),
        (Observation((2, 3)), np.zeros((3, 2)), ["is not an observation of shape (2, 3)"]),
    ],
)
def test_what_is_none_costs_a_line(feature, given, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(zoo865.ZooError) as error:
        feature.read(given)
    assert "\n" not in str(error.value)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"kind": "smell", "shape": [3]}, ["input 'nose'", "unknown kind 'smell'", "newer zoo865"]),
        ({"kind": "image", "shape": [8, 8, 1], "depth": 3}, ["input 'nose'", "image", "depth"]),
        ({"kind": "image"}, ["input 'nose'", "shape"]),
        ({"shape": [8, 8, 1]}, ["unknown kind None"]),
    ],
)
def test_an_unknown_feature_of_a_card_costs_a_line(document, words):
    with pytest.raises(zoo865.ZooError) as error:
        Spec.from_json({"inputs": {"nose": document}, "targets": {}})
    for word in words:
        assert word in str(error.value)


def test_a_specification_has_names_shapes_and_one_image():
    spec = Spec({"first": Image((8, 8, 1)), "second": Image((8, 8, 1))}, {"label": Label(("a", "b"))})
    assert Spec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
    assert (spec.class_names, spec.actions) == (("a", "b"), 0)
    with pytest.raises(
        zoo865.ZooError, match=r"single images are needed, but the data have first \(image\), second \(image\)"
    ):
        _ = spec.image


def test_raw_examples_of_another_kind_are_told_before_training():
    wrong = [
        (Text(3, ()), b"bytes", "bytes, but texts must be strings"),
        (Image((2, 2, 1)), np.zeros((2, 2, 1)), "float64, but raw examples of this kind must be uint8"),
        (Audio(10, 5), np.zeros(3, "int16"), "int16"),
    ]
    for feature, example, words in wrong:
        assert words in feature.misfit(example)
    right = [(Text(3, ()), "text"), (Audio(10, 5), np.zeros(3)), (Board((1, 1), 3), np.zeros((1, 1), int))]
    assert [feature.misfit(example) for feature, example in right] == ["", "", ""]
    assert Board((1, 1), 3).stack([np.zeros((1, 1), int)]).dtype == np.int8


def test_examples_that_the_specification_names_otherwise_are_told(tmp_path):
    source = (Path(__file__).parents[1] / "kinds" / "reviews.py").read_text()
    source = source.replace("text=texts", "words=texts").replace('arrays["text"]', 'arrays["words"]')
    (tmp_path / "own.py").write_text(source)
    with pytest.raises(zoo865.ZooError, match=r"own.py:sentences, train, has no 'text'; it has 'words', 'label'"):
        zoo865.load_data(f"{tmp_path / 'own.py'}:sentences")


def test_a_sound_of_two_channels_is_one_sound():
    stereo = np.zeros((40, 2), "float32")
    assert Audio(1000, 50).is_one(stereo)
    assert Audio(1000, 50).read(stereo)[0].shape == (40,)
    assert not Audio(1000, 50).is_one(np.zeros((2, 40), "float32"))


def test_what_may_be_prepared_by_anothers_specification():
    """A text by its own vocabulary; never numbers that mean something else."""
    pairs = [
        (Text(5, ("a",)), Text(9, ("b", "c")), True),
        (Image((8, 8, 1), ink="light"), Image((8, 8, 1)), True),
        (Image((8, 8, 1)), Image((9, 8, 1)), False),
        (Audio(1000, 50), Audio(1000, 80), True),
        (Audio(1000, 50), Audio(2000, 50), False),
        (Tokens(5, 10), Tokens(5, 11), False),
    ]
    for feature, other, expected in pairs:
        assert Spec({"x": feature}).reads_as(Spec({"x": other})) is expected
    assert not Spec({"x": Text(5, ())}).reads_as(Spec({"y": Text(5, ())}))


def test_splits_hold_texts_and_arrays_of_any_length():
    split = Arrays(text=["a", "bcd"], sound=[np.zeros(3, "float32"), np.ones(5, "float32")], label=np.array([0, 1]))
    taken = split.take(np.array([1]))
    assert (taken["text"][0], len(taken["sound"][0]), taken["label"][0]) == ("bcd", 5, 1)
    other = Arrays(text=["a", "bcd"], sound=[np.zeros(3, "float32"), np.ones(4, "float32")], label=np.array([0, 1]))
    assert checksum(split) == checksum(Arrays(**split.arrays)) != checksum(other)


class Boxed:
    """An array as other libraries hold it: it only says that it is one."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        if self.array is None:
            raise TypeError("can't convert a cuda tensor to numpy")
        return self.array


def test_what_is_given_is_taken_out_of_its_box():
    import ml_dtypes

    pixels = np.arange(12, dtype="uint8").reshape(3, 4)
    for box in (Boxed(pixels), tf.constant(pixels), pixels):
        np.testing.assert_array_equal(unboxed(box), pixels)
    np.testing.assert_array_equal(unboxed(pixels.astype(ml_dtypes.bfloat16)), pixels.astype("float32"))
    assert unboxed(np.array(["a.png", "b.png"])) == unboxed(np.array(["a.png", "b.png"], object)) == ["a.png", "b.png"]
    assert type(unboxed(np.str_("a.png"))) is type(unboxed(np.array("a.png"))) is str
    assert unboxed(memoryview(b"abc")) == b"abc"
    for alone in ("a.png", Path("a.png"), b"abc", [pixels], {"image": pixels}, None):
        assert unboxed(alone) is alone
    with pytest.raises(zoo865.ZooError, match=r"to an array: can't convert a cuda tensor to numpy; give a NumPy"):
        unboxed(Boxed(None))


def test_whole_numbers_of_any_type_are_pixels_and_sets_of_grey_images_are_several():
    grey, pixels = Image((28, 28, 1)), np.random.default_rng(0).integers(0, 256, (28, 28))
    for kind in ("int64", "int16", "uint16"):
        np.testing.assert_array_equal(grey.read(pixels.astype(kind))[0][..., 0], pixels)
    for count in (1, 2, 3, 4, 5):
        assert not grey.is_one(np.zeros((count, 28, 28)))  # as Keras' own digits come
    for either in (grey.is_one(np.zeros((28, 28))), grey.is_one(np.zeros((28, 28, 3))), grey.is_one(pixels.tolist())):
        assert either
    with pytest.raises(zoo865.ZooError, match=r"several grey images, or one with channels first; give images\["):
        grey.read(np.zeros((3, 40, 28), "uint8"))
    for several in ((3, 28, 28), (5, 28, 28), (5, 28, 28, 1)):  # in place of one example, as a dict holds
        with pytest.raises(
            zoo865.ZooError, match=r"holds several images, but one example has one; give only the images"
        ):
            grey.read(np.zeros(several, "uint8"))
    with pytest.raises(zoo865.ZooError, match="channels first"):
        Image((28, 28, 3)).read(np.zeros((3, 28, 28), "uint8"))


@pytest.mark.parametrize("kind", ["bool", "uint8", "int64", "float32"])
def test_a_mask_of_0_and_1_is_black_and_white_whatever_its_type(kind):
    mask = np.random.default_rng(0).integers(0, 2, (28, 28))
    np.testing.assert_array_equal(Image((28, 28, 1)).read(mask.astype(kind))[0][..., 0], mask * 255)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("channels", [1, 3])
def test_an_array_is_read_as_the_picture_that_it_is_of(mode, channels):
    count = len(mode)
    picture = Picture.fromarray(np.random.default_rng(0).integers(0, 256, (8, 6, count), "uint8").squeeze(), mode)
    feature = Image((8, 6, channels))
    for array in (np.asarray(picture), np.asarray(picture).astype("int64"), np.asarray(picture) / 255.0):
        assert feature.is_one(array)
        np.testing.assert_array_equal(feature.read(array)[0], feature.read(picture)[0])


@pytest.mark.fast
def test_what_a_text_s_model_cannot_see_is_told(tmp_path):
    feature = Text(4, ("good", "film"))
    for given, text, notes in (
        ("good film", "good film", ()),
        (b"caf\xe9 \xff film", "caf\N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER} film", ("2 bytes not UTF-8",)),
        (b"caf\xe9 film".decode(errors="surrogateescape"), "caf\N{REPLACEMENT CHARACTER} film", ("1 byte not UTF-8",)),
        ("", "", ("no words",)),
        ("!!!", "!!!", ("no words",)),
        ("<br />", "<br />", ("no words",)),
        ("a good, good film " * 3, "a good, good film " * 3, ("only the first 4 of 12 words",)),
    ):
        found, said = feature.read(given)
        assert found.item() == text
        assert len(said) == len(notes)
        assert all(note in one for one, note in zip(said, notes, strict=True))
    Picture.new("L", (4, 4)).save(tmp_path / "picture.png")
    (tmp_path / "picture.png").rename(tmp_path / "notes.txt")
    with pytest.raises(zoo865.ZooError, match=r"notes\.txt is not UTF-8 text: it is a PNG"):
        feature.read(tmp_path / "notes.txt")
