"""`zoo865 generate`: a grid, an array, a folder; what is wrong costs a line and leaves nothing."""

import json
import shutil

import keras
import numpy as np
import pytest
from PIL import Image

import zoo865
from zoo865.exporting.images_out import write_images
from zoo865.training import checkpoint
from zoo865.training.build import build_model
from zoo865.visualize.mosaic import mosaic


def test_grid_array_and_folder_hold_the_same_images(tiny_run, zoo, tmp_path):
    run = tiny_run("vae")
    for out in ("grid.png", "samples.npy", "one by one"):
        code, said, _ = zoo("generate", run.path, "--count", 10, "--seed", 3, "--out", out)
        assert code == 0
        assert said.startswith(f"{out}   10 images of 28 x 28, seed 3")
    samples = np.load("samples.npy")
    assert (samples.shape, samples.dtype) == ((10, 28, 28, 1), np.uint8)
    alone = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "one by one").iterdir())]
    np.testing.assert_array_equal(np.stack(alone)[..., None], samples)
    grid = np.asarray(Image.open("grid.png"))
    assert grid.shape == (3 * 29 - 1, 4 * 29 - 1)
    np.testing.assert_array_equal(grid[29:57, 58:86], samples[6, ..., 0])


def test_capitals_of_a_suffix_change_nothing(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 1)).astype("uint8")
    np.testing.assert_array_equal(np.load(write_images(images, tmp_path / "samples.NPY")), images)
    grid = np.asarray(Image.open(write_images(images, tmp_path / "grid.PNG")))
    np.testing.assert_array_equal(grid, mosaic(images)[..., 0])


def test_mosaic_of_colours_and_of_one():
    images = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3)).astype("uint8")
    whole = mosaic(images, columns=2)
    assert whole.shape == (3 * 5 - 1, 2 * 7 - 1, 3)
    np.testing.assert_array_equal(whole[5:9, 7:13], images[3])
    np.testing.assert_array_equal(mosaic(images[:1]), images[0])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--count", 0], "cannot draw 0 images"),
        (["--seed", -1], "seed must be at least 0, not -1"),
        (["--out", "grid.jpg"], "cannot write images to grid.jpg; name grid.png"),
        (["--out", "full"], "full is an existing folder"),
        (["--out", "file/grid.png"], "cannot write file/grid.png"),
        (
            ["--out", "missing/grid.png"],
            "cannot write missing/grid.png: no folder missing; create it: mkdir -p missing",
        ),
    ],
)
def test_what_is_wrong_costs_a_line_and_leaves_nothing(options, words, tiny_run, zoo, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("a file")
    code, _, err = zoo("generate", tiny_run("vae").path, *options)
    assert (code, err.count("\n")) == (2, 1)
    assert words in err
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "full", "mine.txt"]


def test_a_classifier_makes_no_images(tiny_run, zoo):
    code, _, err = zoo("generate", tiny_run("mnist_cnn").path)
    assert (code, err.count("\n")) == (2, 1)
    assert "generates no images" in err
    assert "zoo865 predict" in err


def test_every_engine_makes_the_same_images_of_a_seed(tiny_run):
    run = tiny_run("dcgan")
    images = [zoo865.Predictor(run.path, engine=engine).generate(5, seed=2) for engine in ("tensorflow", "onnx")]
    assert np.abs(np.subtract(*images, dtype="int16")).max() <= 1


def test_what_loops_is_drawn_by_onnx_runtime_too(tiny_run, zoo):
    """Bit by bit the pixels that TensorFlow draws."""
    path = tiny_run("pixelcnn").path
    code, out, err = zoo("generate", path, "--count", 1, "--json")
    assert (code, err) == (0, "")
    assert (json.loads(out)["engine"], json.loads(out)["shape"]) == ("onnx", [1, 28, 28, 1])
    drawn = [zoo865.Predictor(path, engine=engine).generate(3, seed=4) for engine in ("tensorflow", "onnx")]
    np.testing.assert_array_equal(*drawn)
    assert set(np.unique(drawn)) == {0, 255}


@pytest.mark.parametrize("name", ["vae", "pixelcnn"])
def test_asking_about_a_picture(name, tiny_run, zoo, tmp_path):
    image = tiny_run(name).data.test.take(np.arange(1))["image"][0, ..., 0]
    Image.fromarray(image).save(tmp_path / "digit.png")
    code, out, _ = zoo("predict", tiny_run(name).path, "digit.png")
    assert code == 0
    assert ("latent [" if name == "vae" else "nats ") in out


def test_too_few_pictures_to_measure_by_are_refused_before_training(zoo, tmp_path):
    (tmp_path / "few").mkdir()
    for number in range(12):
        Image.new("L", (16, 16), 20 * number).save(tmp_path / "few" / f"{number}.png")
    for name in ("dcgan", "vae"):
        code, _, err = zoo("train", name, "--data", "few/", "--run-dir", "run")
        assert (code, err.count("\n")) == (2, 1)
        assert "few has 1 validation images; judging new images takes at least 2" in err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("name", "setting", "words"),
    [
        ("dcgan", "task.decides=nats", "has no likelihood"),
        ("pixelcnn", "task.importance_samples=20", "no latents for importance weighting"),
    ],
)
def test_measures_that_a_model_does_not_have_are_refused_before_training(name, setting, words, zoo, tmp_path):
    code, _, err = zoo("train", name, "--data", "generated_digits", "--set", setting, "--run-dir", "run")
    assert (code, err.count("\n")) == (2, 1)
    assert words in err
    assert not (tmp_path / "run").exists()


def test_a_vae_chosen_by_what_a_judge_sees_still_tells_likelihoods_and_answers(tmp_path):
    recipe = zoo865.get_recipe("vae").smallest().override({"epochs": 1, "task.decides": "fid"})
    run = zoo865.make(recipe, run_dir=tmp_path / "run")
    assert "val_nats" not in run.history[0]
    assert run.metrics["test"]["nats"] > run.metrics["test"]["nats_importance_weighted"] > 0
    assert len(zoo865.Predictor(run.path).predict(run.data.test.take(np.arange(2))["image"])) == 2


@pytest.mark.parametrize("wrong", ["vea", "pixelcn"])
def test_a_mistyped_name_is_answered_with_the_nearest(wrong, zoo):
    code, _, err = zoo("generate", wrong)
    assert (code, err.count("\n")) == (2, 1)
    assert "did you mean" in err
    assert {"vea": "vae", "pixelcn": "pixelcnn"}[wrong] in err


def test_a_folder_of_colour_pictures_is_learned_and_drawn_without_a_judge(zoo, tmp_path):
    """From pictures of several sizes to new ones; the page says that nobody knows them."""
    random = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for number in range(60):
        size = (32, 32) if number % 3 else (40, 30)
        Image.new("RGB", size, tuple(random.integers(0, 256, 3))).save(tmp_path / "photos" / f"{number}.png")
    options = ["--set", "model_args.width=4", "--run-dir", "run"]
    code, out, _ = zoo("train", "dcgan", "--data", "photos/", "--epochs", 20, *options)
    assert code == 0
    # The average has left the first weights behind, short as the training was: a step moves Adam's weights by the rate.
    run = zoo865.Run(tmp_path / "run")
    last = run.path / "checkpoints" / "last.npz"
    keras.utils.set_random_seed(0)
    model = build_model(run.recipe, run.spec)
    fresh = model.generator.get_weights()
    checkpoint.restore_model(model, checkpoint.read(last)[0], last)
    moved = [np.abs(a - b).max() for a, b in zip(fresh, model.generator.get_weights(), strict=True)]
    assert min(moved) > 5 * run.recipe.phases[0].optimizer.learning_rate
    # Coarse pixels chose the epoch. They would praise noise: no figure stands beside the pictures, and it is said why.
    assert "val_fid" in run.history[0]
    assert run.metrics["test"].keys() == {"pixel_diversity", "samples"}
    unknown = "no classifier of the zoo was trained on such images"
    why = f"No distance, precision or recall of new images is reported, because {unknown}"
    assert why in run.metrics["protocol"]
    assert why in out
    assert why in zoo("evaluate", "run")[1]
    code, out, err = zoo("evaluate", "run", "--data", "photos/", "--json")  # which is its own; and as another's
    assert why in json.loads(out)["protocol"], err
    shutil.copytree("photos", "others")
    code, out, err = zoo("evaluate", "run", "--data", "others/", "--json")
    assert why in json.loads(out)["protocol"], err
    page = (tmp_path / "run" / "report.html").read_text()
    assert unknown in page
    assert "had other sizes and were resized to 32 x 32" in page
    assert "Memorization check" in page
    assert zoo("generate", "run", "--count", 4, "--out", "new.npy")[0] == 0
    assert np.load("new.npy").shape == (4, 32, 32, 3)
    # Three of them are too few to evaluate by.
    (tmp_path / "few").mkdir()
    for picture in list((tmp_path / "photos").iterdir())[:3]:
        (tmp_path / "few" / picture.name).write_bytes(picture.read_bytes() + b"x")  # none that it has learned from
    code, _, err = zoo("evaluate", "run", "--data", "few/")
    assert (code, err.count("\n")) == (2, 1)
    assert "few has 3 test images; judging new images takes at least 4" in err
