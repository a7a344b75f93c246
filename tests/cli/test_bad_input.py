"""What a user can mend costs one line and exit code 2, and leaves nothing half-written behind."""

import contextlib
import errno
import itertools
import json
import os
import resource
import shutil
import struct
import subprocess
import sys
import time
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zoo865
from zoo865.cli.main import main
from zoo865.data import pictures
from zoo865.errors import ZooError
from zoo865.training import checkpoint

TINY = ("train", "mnist_cnn", "--data", "generated_digits", "--set", "model_args.width=4", "--epochs", "1")
RATE = "phases.train.optimizer.learning_rate"


@pytest.fixture(scope="module")
def trained(tiny_run, tmp_path_factory):
    """A copy with a model of its own, which tests change."""
    return zoo865.Run(shutil.copytree(tiny_run("mnist_cnn").path, tmp_path_factory.mktemp("trained") / "run"))


@pytest.fixture
def refused(tmp_path, monkeypatch, capfd):
    """A function that runs a command in `tmp_path`, checks that it is refused properly, and gives the line it said."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, keeps_run=False):
        before = everything_in(tmp_path)
        capfd.readouterr()
        monkeypatch.setattr(sys, "argv", ["zoo865", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        said = capfd.readouterr()
        assert (left.value.code, said.out) == (2, "")
        assert not list(tmp_path.rglob("*.tmp"))
        assert keeps_run or everything_in(tmp_path) == before
        return the_line(said.err)

    return run


def everything_in(folder) -> dict:
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def the_line(stderr: str) -> str:
    """The one line of the error; progress may stand before it."""
    lines = [line for line in stderr.splitlines() if not line.startswith(("training ", "epoch "))]
    assert len(lines) == 1, stderr
    assert lines[0].startswith("error: ")
    return lines[0]


def has(line: str, *words) -> bool:
    missing = [word for word in words if str(word) not in line]
    assert not missing, f"{missing} not in {line!r}"
    return True


# Names and settings


def cases(names, table, name_of):
    """Parametrises a test with rows, each called by its first cell."""
    return pytest.mark.parametrize(names, [pytest.param(*row, id=name_of(row[0])) for row in table])


def name_of_function(function) -> str:
    return function.__name__


@cases(
    ("arguments", "words"),
    [
        (["trian"], ["trian"]),
        (["train"], ["no system given", "zoo865 list", "--resume RUN"]),
        (["train", "mnist_cn"], ["'mnist_cn'", "mnist_cnn", "zoo865 list"]),
        (["train", ""], ["unknown system ''", "zoo865 list"]),
        (["info", "mnist_cn"], ["'mnist_cn'", "mnist_cnn"]),
        (["list", "nothing*"], ["nothing*", "zoo865 list"]),
        (["train", "my.py:mine"], ["my.py"]),
        (["train", "mnist_cnn", "--data", "mnsit"], ["'mnsit'", "mnist"]),
        (["predict", "nothing", "digit.png"], ["'nothing'", "runs/"]),
        (["evaluate", "nothing"], ["'nothing'", "runs/"]),
        (["export", "nothing"], ["'nothing'", "runs/"]),
        (["report", "nothing"], ["'nothing'", "runs/"]),
        (["compare", "nothing"], ["'nothing'", "runs/"]),
        (["train", "mnist_cnn", "--set", "data=null"], ["data"]),
        ([*TINY, "--init-from", "nothing"], ["'nothing'", "runs/"]),
        (["train", "mnist_cnn", "--set", "epochs=abc"], ["epochs", "an integer", "'abc'"]),
        ([*TINY, "--epochs", "-1"], ["epochs", "-1", "at least 1"]),
        ([*TINY, "--epochs", "many"], ["--epochs", "integer"]),
        ([*TINY, "--batch-size", "0"], ["batch_size", "0", "at least 1"]),
        ([*TINY, "--minutes", "0"], ["minutes", "0"]),
        ([*TINY, "--minutes", "nan"], ["minutes", "nan"]),
        ([*TINY, "--seed", "-1"], ["seed", "-1"]),
        ([*TINY, "--seed", str(1 << 32)], ["seed", str(1 << 32)]),
        ([*TINY, "--seeds", "abc"], ["--seeds", "'abc'", "0-4"]),
        ([*TINY, "--seeds", "1,1"], ["--seeds", "'1,1'", "0-4"]),
        ([*TINY, "--seeds", "3-1"], ["--seeds", "'3-1'", "0-4"]),
        ([*TINY, "--seeds", "0-1", "--data", "nowhere/"], ["nowhere"]),
        ([*TINY, "--seeds", "0-1", "--minutes", "0"], ["minutes", "0"]),
        ([*TINY, "--folds", "5"], ["generated_digits", "not a folder"]),
        ([*TINY, "--folds", "1"], ["folds must be at least 2, not 1"]),
        ([*TINY, "--folds", "3", "--seeds", "0-1"], ["--seeds", "--folds"]),
        ([*TINY, "--weights", "any.h5"], ["model_args.weights"]),
        (["train", "mobilenet_v2"], ["photos", "sub-folder"]),
        (["augment", "mnist_sampl"], ["'mnist_sampl'", "mnist_sample"]),
        (["augment", "generated_digits", "--rotation", "181"], ["rotation", "181", "180 degrees"]),
    ],
    lambda arguments: " ".join(map(str, arguments)).replace(" ".join(TINY), "train"),
)
def test_wrong_arguments(refused, arguments, words):
    assert has(refused(*arguments), *words)


@cases(
    ("setting", "words"),
    [
        ("width", ["'width'", "--set PATH=VALUE"]),
        ("model_args.widht=8", ["'model_args.widht'", "did you mean width?"]),
        ("phases.trian.epochs=1", ["'phases.trian.epochs'", "did you mean train?"]),
        ("phases.train.epoch=1", ["'phases.train.epoch'", "did you mean epochs"]),
        ("bach_size=8", ["'bach_size'", "batch_size"]),
        ("batch_size.width=8", ["'batch_size.width'"]),
        ("data_args.imageshape=[28,28,1]", ["data_args.imageshape", "image_shape"]),
        ("phases.train.optimizer.schedule=cosin", ["'cosin'", "cosine"]),
        ("batches.augment=digit", ["'digit'", "digits"]),
        ('phases.train.train=["heda*"]', ["'heda*'", "'train'"]),
        ("task=classification", ["'task'", "task.NAME=VALUE"]),
        ("batch_size=abc", ["batch_size", "an integer", "'abc'"]),
        ("batch_size=1.5", ["batch_size", "an integer", "1.5"]),
        ("batch_size=true", ["batch_size", "an integer", "True"]),
        ("batch_size=null", ["batch_size"]),
        ("steps_per_execution=0", ["steps_per_execution", "at least 1", "0"]),
        ("model_args.width=0", ["mnist_cnn", "width=0"]),
        ("model_args.classes=3", ["classes"]),
        ("task.label_smoothing=null", ["label_smoothing"]),
        ("task.label_smoothing=1.5", ["label_smoothing", "1.5"]),
        ("batches.label=false", ["label"]),
        ("data_args.binarize=maybe", ["binarize", "'maybe'"]),
        ("data_args.image_shape=28", ["image_shape", "a list of 3", "28"]),
        ('data_args.image_shape=["a",28,1]', ["image_shape", "'a'"]),
        ("data_args.image_shape=[28,28,2]", ["image_shape", "[28, 28, 2]"]),
        ("data_args.train_examples=100000", ["train_examples=100000", "1,000 training examples"]),
        ("data_args.fold=5", ["data_args.fold", "a list of 2"]),
        ("phases.train.cache_at=stage4", ["'stage4'", "stage"]),
        ("phases.train.patience=0", ["patience", "at least 1"]),
        ("phases.train.augmented_copies=0", ["augmented_copies", "at least 1"]),
        (f"{RATE}=-1", ["learning_rate", "at least 0", "-1"]),
        (f"{RATE}=NaN", ["learning_rate", "nan"]),
        ("phases.train.optimizer.warmup=1", ["warmup", "below 1"]),
        ("phases.train.optimizer.clip_norm=abc", ["clip_norm", "'abc'"]),
    ],
    str,
)
def test_wrong_settings(refused, setting, words):
    assert has(refused(*TINY, "--set", setting), *words)


RECIPES = """
import keras

from zoo865.batches.shuffled import Shuffled
from zoo865.models.mnist_cnn import build_mnist_cnn
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.image_classification import ImageClassification

good, bad = Phase("good", optimizer=Optimizer()), Phase("bad", optimizer=Optimizer(learning_rate=1e30))


def mine(*phases):
    return Recipe(
        task=ImageClassification(), data="generated_digits", batches=Shuffled(), batch_size=250,
        model=build_mnist_cnn, model_args={"width": 4}, phases=phases,
    )


@recipe
def good_then_bad():
    '''The loss becomes NaN in the second phase.'''
    return mine(good, bad)


@recipe
def bad_from_the_start():
    '''The loss becomes NaN in the first epoch.'''
    return mine(bad)
"""


@cases(
    ("name", "words"),
    [
        ("my.py:good_than_bad", ["'good_than_bad'", "my.py", "did you mean good_then_bad"]),
        ("my.py:nothing", ["'nothing'", "my.py", "@recipe"]),
        ("my.py:mine", ["'mine'", "my.py", "@recipe"]),  # a function, but no recipe
        ("my.py", ["my.py contains 2 recipes", "bad_from_the_start", "good_then_bad"]),
        ("other.py", ["other.py", "FILE.py"]),
    ],
    str,
)
def test_missing_recipe_in_a_users_file(refused, tmp_path, name, words):
    (tmp_path / "my.py").write_text(RECIPES)
    assert has(refused("train", name), *words)


# Pictures and folders of them


def drawing(path, value=255, **options):
    Image.fromarray(np.pad(np.full((12, 8), value, "uint8"), 10)).save(path, **options)
    return path


def truncated_jpeg(path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), "uint8")
    Image.fromarray(noise).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:1500])


def text(path):
    path.write_text("this is no picture\n" * 100)


def empty_file(path):
    path.touch()


def gigantic(path):
    """A header that promises 900 million pixels: Pillow refuses it before it reads on."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    chunks = struct.pack(">I", 13) + header + struct.pack(">II4s", zlib.crc32(header), 0, b"IDAT")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


BROKEN = [(truncated_jpeg, "bad.jpg"), (text, "bad.png"), (empty_file, "bad.png"), (gigantic, "bad.png")]
broken = cases(("breaks", "name"), BROKEN, name_of_function)


def folder_of(path, **counts):
    """A folder with so many drawings of each class."""
    for name, count in counts.items():
        (path / name).mkdir(parents=True)
        for i in range(count):
            drawing(path / name / f"{i}.png", value=255 - i)
    return path


def no_folder(path):
    return [path, "sub-folder"]


def nothing_in_it(path):
    path.mkdir()
    return [path, "sub-folder"]


def no_classes(path):
    path.mkdir()
    for number in range(5):
        drawing(path / f"{number}.png")
    return ["no labels", "sub-folder"]


def one_class(path):
    folder_of(path, cat=5)
    return ["cat", "at least two"]


def few_pictures(path):
    folder_of(path, cat=5, dog=2)
    return ["'dog'", path, "2", "at least 3"]


def two_readings(path):
    folder_of(path, cat=5, dog=5, test=5)
    return [path, "test/", "cat, dog", "data_args.layout=parts", "data_args.layout=classes"]


def other_classes_in_test(path):
    folder_of(path / "train", cat=3, dog=3)
    folder_of(path / "test", cat=3, wolf=3)
    return [path / "test", "wolf", "dog"]


def too_few_for_the_folds(path):
    folder_of(path, cat=6, dog=4)
    return ["4 pictures", "5 folds", "--folds 4"]


def too_few_for_any_fold(path):
    folder_of(path, cat=6, dog=3)
    return ["3 pictures", "at least 4"]


FOLDERS = [
    no_folder,
    nothing_in_it,
    no_classes,
    one_class,
    few_pictures,
    two_readings,
    other_classes_in_test,
    too_few_for_the_folds,
    too_few_for_any_fold,
]


@pytest.mark.parametrize("made", FOLDERS, ids=name_of_function)
def test_wrong_folder(refused, tmp_path, made):
    words = made(tmp_path / "photos")
    more = ["--folds", 5] if made in (too_few_for_the_folds, too_few_for_any_fold) else []
    assert has(refused("train", "mnist_cnn", "--data", tmp_path / "photos", *more), *words)


@cases(
    ("arguments", "words"),
    [
        (["train", "mnist_cnn", "--data", "nope.zip"], ["no archive", "nope.zip"]),
        (["train", "mnist_cnn", "--data", "my.png"], ["my.png is neither a folder nor a ZIP archive", "contains it"]),
        (["check", "nope.zip"], ["no archive nope.zip"]),
        (["check", "my.png"], ["my.png is neither a folder", "contains it"]),
        (["label", "nope.zip"], ["no archive nope.zip", "check the path"]),
        (["label", "my.zip"], ["my.zip is not a folder", "unpack it"]),
        (["label", "my.png"], ["my.png is neither a folder", "contains it"]),
    ],
    " ".join,
)
def test_what_is_no_folder(refused, tmp_path, arguments, words):
    drawing(tmp_path / "my.png")
    with zipfile.ZipFile(tmp_path / "my.zip", "w") as archive:
        archive.write(tmp_path / "my.png", "cat/my.png")
    assert has(refused(*arguments), *words)


@broken
def test_broken_picture_in_a_folder(refused, tmp_path, breaks, name):
    bad = folder_of(tmp_path / "photos", cat=5, dog=5) / "dog" / name
    breaks(bad)
    assert has(refused("train", "mnist_cnn", "--data", "photos"), Path("photos/dog") / name)
    with pytest.raises(ZooError, match=name):  # without a size, the frequent one is looked for first
        zoo865.load_data(str(tmp_path / "photos"))


@pytest.mark.parametrize("counts", [(3, 3), (3, 4), (3, 5, 9), (3, 40), (3, 3, 3, 60), (4, 4, 31)])
def test_smallest_folders_can_be_cut(tmp_path, counts):
    data = zoo865.load_data(str(folder_of(tmp_path, **{f"class{i}": count for i, count in enumerate(counts)})))
    assert len(data.train) + len(data.validation) + len(data.test) == sum(counts)
    assert set(data.train.take(np.arange(len(data.train)))["label"]) == set(range(len(counts)))


@broken
def test_predict_broken_picture(refused, trained, tmp_path, breaks, name):
    breaks(tmp_path / name)
    drawing(tmp_path / "good.png")
    assert has(refused("predict", trained.path, "good.png", name), name)


def test_predict_what_is_no_file(refused, trained, tmp_path):
    assert has(refused("predict", trained.path, "missing.png"), "missing.png", "check the path")
    (tmp_path / "photos").mkdir()
    assert has(refused("predict", trained.path, "photos", "--json"), "photos", "folder")


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "webp", "bmp", "tif"])
def test_a_file_cut_off_anywhere_is_read_or_refused(tmp_path, suffix):
    whole = drawing(tmp_path / f"whole.{suffix}").read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    refusals = 0
    for size in range(0, len(whole), max(1, len(whole) // 100)):
        cut.write_bytes(whole[:size])
        try:
            assert pictures.read(cut, 1).shape == (32, 28, 1)
        except ZooError:
            refusals += 1
    assert refusals > 20


# Pictures that are rare and right


def test_16_bit_png(tmp_path):
    levels = np.array([[0, 1, 127], [128, 200, 255]], "uint16")
    Image.fromarray(levels * 257).save(tmp_path / "deep.png")
    assert Image.open(tmp_path / "deep.png").mode == "I;16"
    np.testing.assert_array_equal(pictures.read(tmp_path / "deep.png", 1)[..., 0], levels)
    np.testing.assert_array_equal(pictures.read(tmp_path / "deep.png", 3), np.stack([levels] * 3, -1))


def test_transparency_lies_on_white(tmp_path):
    pixels = np.array([[[255, 0, 0, 255], [0, 0, 0, 0]], [[0, 0, 0, 102], [0, 0, 255, 255]]], "uint8")
    Image.fromarray(pixels).save(tmp_path / "clear.png")
    expected = [[[255, 0, 0], [255, 255, 255]], [[153, 153, 153], [0, 0, 255]]]
    np.testing.assert_allclose(pictures.read(tmp_path / "clear.png", 3), expected, atol=1)
    np.testing.assert_allclose(pictures.read(tmp_path / "clear.png", 1)[:, 0, 0], [76, 153], atol=1)


def in_blocks(values):
    """Every value as a block of 16 x 16 pixels, which JPEG keeps nearly as it is."""
    return np.repeat(np.repeat(np.asarray(values, "uint8"), 16, 0), 16, 1)


def test_cmyk_jpeg(tmp_path):
    inks = [[[0, 0, 0, 0], [0, 255, 255, 0]], [[255, 255, 0, 0], [0, 0, 0, 255]]]
    Image.fromarray(in_blocks(inks), "CMYK").save(tmp_path / "print.jpg", quality=100, subsampling=0)
    assert Image.open(tmp_path / "print.jpg").mode == "CMYK"
    colours = [[[255, 255, 255], [255, 0, 0]], [[0, 0, 255], [0, 0, 0]]]
    np.testing.assert_allclose(pictures.read(tmp_path / "print.jpg", 3)[8::16, 8::16], colours, atol=4)
    np.testing.assert_allclose(pictures.read(tmp_path / "print.jpg", 1, (32, 32))[24, 24], 0, atol=4)


@pytest.mark.parametrize(
    ("orientation", "upright"),  # EXIF 2.32, tag 274: where the first row and the first column are to be seen
    [
        (1, lambda a: a),
        (2, lambda a: a[:, ::-1]),
        (3, lambda a: a[::-1, ::-1]),
        (4, lambda a: a[::-1]),
        (5, lambda a: a.T),
        (6, lambda a: a[::-1].T),
        (7, lambda a: a[::-1, ::-1].T),
        (8, lambda a: a[:, ::-1].T),
    ],
)
def test_rotation_of_the_camera(tmp_path, orientation, upright):
    stored = np.array([[0, 50, 100], [150, 200, 250]])
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(in_blocks(stored)).save(tmp_path / "turned.jpg", exif=exif, quality=100)
    seen = pictures.read(tmp_path / "turned.jpg", 1)[8::16, 8::16, 0]
    np.testing.assert_allclose(seen, upright(stored), atol=3)
    size = tuple(16 * edge for edge in upright(stored).shape)
    assert pictures.read(tmp_path / "turned.jpg", 3, size).shape == (*size, 3)
    np.testing.assert_allclose(
        pictures.read(tmp_path / "turned.jpg", 3, size)[8::16, 8::16, 1], upright(stored), atol=3
    )


def test_a_big_picture_is_read_without_a_warning(tmp_path, monkeypatch):
    drawing(tmp_path / "big.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 28 * 32 * 2 // 3)  # Pillow warns here, and refuses at twice as many
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pictures.read(tmp_path / "big.png", 1).shape == (32, 28, 1)


# Damaged exports and runs


def without_variables(export):
    shutil.rmtree(export / "variables")


def half_the_variables(export):
    [file] = (export / "variables").glob("variables.data*")
    os.truncate(file, file.stat().st_size // 2)


def half_the_graph(export):
    os.truncate(export / "saved_model.pb", (export / "saved_model.pb").stat().st_size // 2)


def half_the_details(export):
    os.truncate(export / "assets.extra" / "zoo865.json", 100)


def details_of_another_program(export):
    (export / "assets.extra" / "zoo865.json").write_text("{}")


def a_feature_of_an_unknown_kind(export):
    details = json.loads((export / "assets.extra" / "zoo865.json").read_text())
    details["spec"]["inputs"]["image"]["kind"] = "smell"
    (export / "assets.extra" / "zoo865.json").write_text(json.dumps(details))


def half_the_onnx_file(export):
    os.truncate(export / "onnx" / "serve.onnx", (export / "onnx" / "serve.onnx").stat().st_size // 2)


def half_the_onnx_weights(export):
    os.truncate(export / "onnx" / "weights.bin", (export / "onnx" / "weights.bin").stat().st_size // 2)


DAMAGES = [
    a_feature_of_an_unknown_kind,
    without_variables,
    half_the_variables,
    half_the_graph,
    half_the_details,
    details_of_another_program,
    half_the_onnx_file,
    half_the_onnx_weights,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=name_of_function)
def test_damaged_export(refused, trained, tmp_path, damage):
    shutil.copytree(trained.export_path, tmp_path / "copy")
    damage(tmp_path / "copy")
    drawing(tmp_path / "digit.png")
    line = refused("predict", "copy", "digit.png", "--engine", "onnx" if "onnx" in damage.__name__ else "tensorflow")
    assert has(line, "unknown kind 'smell'" if damage is a_feature_of_an_unknown_kind else "copy")


def cut_best(run):
    os.truncate(run / "checkpoints" / "best.npz", 1000)


def no_best(run):
    (run / "checkpoints" / "best.npz").unlink()


def cut_settings(run):
    os.truncate(run / "settings.json", 100)


def settings_of_another_program(run):
    (run / "settings.json").write_text('{"editor.tabSize": 4}')


@cases(
    ("damage", "file"),
    [
        (cut_best, "best.npz"),
        (no_best, "best.npz"),
        (cut_settings, "settings.json"),
        (settings_of_another_program, "settings.json"),
    ],
    name_of_function,
)
def test_damaged_run(refused, trained, tmp_path, damage, file):
    shutil.copytree(trained.path, tmp_path / "copy", ignore=shutil.ignore_patterns("export"))
    damage(tmp_path / "copy")
    assert has(refused("evaluate", "copy"), "copy", file)


def test_evaluate_on_other_data(refused, trained, tmp_path):
    folder_of(tmp_path / "photos", cat=3, dog=3)
    assert has(refused("evaluate", trained.path, "--data", "photos"), "photos", "cat, dog", "trained on 0, 1")
    assert has(refused("evaluate", trained.path, "--split", "tset"), "'tset'", "test")


# Places that cannot be written to


def test_run_directory_below_a_file(refused, tmp_path):
    (tmp_path / "file").write_text("keep me")
    assert has(refused(*TINY, "--run-dir", "file/run"), "file/run", "choose another path")
    assert has(refused(*TINY, "--run-dir", "file"), "file", "choose another path")


def test_run_directory_is_not_empty(refused, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    assert has(refused(*TINY, "--run-dir", "mine"), "mine is not empty", "new one")
    assert has(refused(*TINY, "--run-dir", "mine", "--seeds", "0-1"), "mine is not empty", "new one")


def test_runs_is_a_file(refused, tmp_path):
    (tmp_path / "runs").write_text("keep me")
    assert has(refused(*TINY), "runs", "choose another path")


def test_export_below_a_file(refused, trained, tmp_path):
    (tmp_path / "file").write_text("keep me")
    assert has(refused("export", trained.path, "file/export"), "file/export", "choose another path")


def test_export_to_a_place_that_is_taken(refused, trained, tmp_path):
    (tmp_path / "taken").mkdir()
    assert has(refused("export", trained.path, "taken"), "taken", "already exists", "another path")
    assert has(refused("export", trained.path), trained.export_path, "already exists", "another path")


def test_two_runs_in_one_second(tmp_path, monkeypatch):
    from zoo865.training.run import new_directory

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(time, "strftime", lambda form, *_: "20261124-081352")
    made = [new_directory(None, "mnist_cnn") for _ in range(3)]
    assert len(set(made)) == 3
    assert all(path.is_dir() and path.name.startswith("mnist_cnn-20261124-081352") for path in made)


# A full disk: files cannot grow beyond a limit


@contextlib.contextmanager
def full_disk(size):
    """Lets no file of this process grow beyond so many bytes; briefly, for pytest writes files too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def refused_on_a_full_disk(folder, size, *arguments) -> str:
    """The line that a command in a fresh process says when no file may grow beyond `size` bytes."""
    zoo = Path(sys.executable).with_name("zoo865")
    done = subprocess.run(
        [zoo, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert not list(folder.rglob("*.tmp"))
    return the_line(done.stderr)


def checkpoints_of(folder) -> set[str]:
    """The names of the checkpoints in a folder, each of them read."""
    paths = set(folder.rglob("*.npz"))
    for path in paths:
        assert checkpoint.read(path)[0]
    return {path.name for path in paths}


def test_disk_full_at_the_first_checkpoint(tmp_path):
    line = refused_on_a_full_disk(tmp_path, 20_000, *TINY, "--run-dir", "run")
    assert has(line, "run/checkpoints/best.npz", "free some disk space")
    assert not checkpoints_of(tmp_path)


def test_disk_full_in_export(trained, tmp_path):
    before = everything_in(trained.path)
    line = refused_on_a_full_disk(tmp_path, 20_000, "export", trained.path, "served/digits/1")
    assert has(line, "served/digits/1", "free some disk space")
    assert not everything_in(tmp_path)
    assert everything_in(trained.path) == before


def keeping(model, directory):
    """A KeepCheckpoints as in training, where every epoch is whole."""
    keep = checkpoint.KeepCheckpoints(
        directory, state=lambda: checkpoint.state_of(model), facts=dict, monitor=("val_accuracy", "max")
    )
    keep.set_params({"steps": 0})
    return keep


def test_disk_full_at_a_later_checkpoint(trained, tmp_path):
    keep = keeping(trained.model, tmp_path)
    keep.on_epoch_end(0, {"val_accuracy": 0.5})
    with full_disk(20_000), pytest.raises(ZooError, match="free some disk space"):
        keep.on_epoch_end(1, {"val_accuracy": 0.6})
    assert not list(tmp_path.rglob("*.tmp"))
    # A run must still have what to go on from, and its best weights.
    kept = checkpoints_of(tmp_path)
    assert "best.npz" in kept
    assert kept & {"last.npz", "previous.npz"}


@pytest.mark.parametrize("failing", range(6))
def test_checkpoints_survive_any_rename_that_fails(trained, tmp_path, monkeypatch, failing):
    """A full disk and a power cut alike: whichever step is the last, what is there can be read and gone on from."""
    keep = keeping(trained.model, tmp_path)
    keep.on_epoch_end(0, {"val_accuracy": 0.5})
    trained.model.layers[-1].bias.assign_add(np.ones(10))  # else every epoch writes the same bytes
    keep.on_epoch_end(1, {"val_accuracy": 0.6})
    trained.model.layers[-1].bias.assign_sub(np.ones(10))
    calls, replace = itertools.count(), os.replace

    def fail_once(source, target):
        if next(calls) == failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail_once)
    with contextlib.suppress(ZooError):
        keep.on_epoch_end(2, {"val_accuracy": 0.7})
    kept = checkpoints_of(tmp_path)
    assert "best.npz" in kept
    assert kept & {"last.npz", "previous.npz"}


def test_disk_full_before_the_first_file(refused):
    with full_disk(1000):  # settings.json has more, the captured output less
        line = refused(*TINY)
    assert has(line, "runs/mnist_cnn-", "free some disk space")


# A loss that is no number


def test_nan_in_the_first_epoch(refused, tmp_path):
    (tmp_path / "my.py").write_text(RECIPES)
    line = refused("train", "my.py:bad_from_the_start", "--run-dir", "run", keeps_run=True)
    assert has(line, "the loss became", "of epoch 1", "there is no good checkpoint", "learning_rate")
    assert not checkpoints_of(tmp_path)
    drawing(tmp_path / "digit.png")
    assert has(refused("predict", "run", "digit.png"), "run")
    assert has(refused("report", "run"), "run")


def test_nan_after_a_good_epoch(refused, tmp_path):
    (tmp_path / "my.py").write_text(RECIPES)
    line = refused("train", "my.py:good_then_bad", "--run-dir", "run", keeps_run=True)
    assert has(line, "the loss became", "of epoch 2", "run/checkpoints/last.npz", "learning_rate")
    assert checkpoints_of(tmp_path) == {"last.npz", "best.npz"}


@pytest.mark.parametrize("epochs", [1, 2])
def test_weights_that_the_last_step_of_an_epoch_ruined_are_no_good_checkpoint(refused, tmp_path, epochs):
    # One step an epoch: its loss is still a number, the weights after it give none.
    ruin = ("--set", f"{RATE}=1e30", "--set", "phases.train.optimizer.warmup=0.0", "--batch-size", 1000)
    line = refused(*TINY, *ruin, "--epochs", epochs, "--run-dir", "run", keeps_run=True)
    assert has(line, "nan", "epoch 1", "there is no good checkpoint")
    assert not checkpoints_of(tmp_path)
