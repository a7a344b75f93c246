"""Lake's runs of one-shot classification, from a folder and from an archive."""

import shutil

import numpy as np
import pytest
from PIL import Image

from zoo865.data.episodes import episodes_given
from zoo865.data.sets.omniglot import one_shot_runs
from zoo865.errors import ZooError


@pytest.fixture
def runs(tmp_path):
    """Two runs of three classes: a class is known by how many strokes its drawings have."""
    random = np.random.default_rng(0)
    for run in (1, 2):
        lines, order = [], random.permutation(3)
        for part in ("training", "test"):
            (tmp_path / f"runs/run{run:02d}/{part}").mkdir(parents=True)
        for place in range(3):
            _draw(place + 1, tmp_path / f"runs/run{run:02d}/training/class{place + 1:02d}.png")
            _draw(order[place] + 1, tmp_path / f"runs/run{run:02d}/test/item{place + 1:02d}.png")
            item, shown = f"test/item{place + 1:02d}.png", f"training/class{order[place] + 1:02d}.png"
            lines.append(f"run{run:02d}/{item} run{run:02d}/{shown}\n")
        (tmp_path / f"runs/run{run:02d}/class_labels.txt").write_text("".join(lines))
    return tmp_path / "runs"


def _draw(strokes: int, path):
    """Black strokes on white, 1 bit deep, as Omniglot's."""
    pixels = np.full((105, 105), 255, "uint8")
    for stroke in range(strokes):
        pixels[20:80, 20 + 20 * stroke : 24 + 20 * stroke] = 0
    Image.fromarray(pixels).convert("1").save(path)


def strokes_of(image) -> int:
    """How often ink begins along the middle row."""
    row = image[image.shape[0] // 2, :, 0] > 128
    return int((row[1:] & ~row[:-1]).sum() + row[0])


@pytest.mark.parametrize("kind", ["folder", "archive", "archive with a folder"])
def test_every_query_belongs_to_the_example_that_its_list_names(kind, runs, tmp_path):
    place = runs
    if kind != "folder":
        place = tmp_path / "all_runs.zip"
        shutil.make_archive(
            place.with_suffix(""),
            "zip",
            runs if kind == "archive" else runs.parent,
            None if kind == "archive" else "runs",
        )
    found = one_shot_runs(place)
    images, labels, queries = (found.arrays[name] for name in ("image", "label", "query"))
    assert (images.shape, images.dtype) == ((12, 56, 56, 1), np.uint8)
    assert set(labels) == set(range(6))
    names = [f"run{label // 3}/{label}" for label in range(6)]
    episodes = episodes_given(labels, queries, names)
    assert [(len(one.support), len(one.queries)) for one in episodes] == [(3, 3), (3, 3)]
    for episode in episodes:
        shown = [strokes_of(images[place]) for place in episode.support]
        assert shown == [1, 2, 3], "light ink on dark, in the order of the files"
        assert [strokes_of(images[place]) for place in episode.queries] == [shown[one] for one in episode.truth]


def test_what_is_missing_is_named(runs, tmp_path):
    (runs / "run02/training/class02.png").unlink()
    with pytest.raises(ZooError, match=r"holds no run02/training/class02.png, which run02/class_labels.txt names"):
        one_shot_runs(runs)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ZooError, match=r"empty holds no class_labels.txt; give the folder"):
        one_shot_runs(tmp_path / "empty")
