"""Omniglot: characters of 50 alphabets, each drawn by 20 people; and Lake's runs of one-shot classification."""

from pathlib import Path

import numpy as np

from zoo865.data import pictures
from zoo865.data.features import Image, Label
from zoo865.data.file_tree import file_tree
from zoo865.data.sets.tfds import tfds_arrays, tfds_directory
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.errors import ZooError
from zoo865.registry import dataset

DRAWING = Image((56, 56, 1), ink="light", ink_margin=4)
EVERY = 5  # the first of every so many background alphabets is held out
RUNS, WAYS = "omniglot_one_shot", 20  # the folder beside the sets, and the classes of a run


@dataset
def omniglot() -> Data:
    """Characters of 30 alphabets, 20 drawings each: 24 alphabets to learn, 6 to validate; Lake's one-shot runs to test.

    Raises:
        ZooError: Omniglot, or the folder of the runs, is not there.
    """
    return _omniglot(held_out=True)


@dataset
def omniglot_background() -> Data:
    """As "omniglot", but with all 30 alphabets to learn, the 6 that validate too: for what was chosen on those before.

    Raises:
        ZooError: as "omniglot".
    """
    return _omniglot(held_out=False)


def one_shot_runs(place: str | Path, shape: Image = DRAWING) -> Arrays:
    """Lake's runs of one-shot classification (Lake, Salakhutdinov, Tenenbaum 2015).

    Args:
        place: the folder with run01/ to run20/, or the ZIP archive of it, as the authors give it: in each run
            class_labels.txt, with a line for every drawing in test/ and the one in training/ that is of its class.
        shape: how drawings are framed.

    Returns:
        image (drawings, ...) uint8; label (drawings,) int64, from 0 on, a number for each class of each run; query
        (drawings,) bool, whether it is asked about.

    Raises:
        ZooError: it holds no run, or one without a drawing that its list names.
    """
    files = file_tree(place, (".png", ".txt")).files
    lists = [name for name in files if name.endswith("class_labels.txt")]
    if not lists:
        raise ZooError(f"{place} holds no class_labels.txt", "give the folder, or the archive, with run01 to run20")
    images: list[np.ndarray] = []
    labels: list[int] = []
    queries: list[bool] = []
    classes = 0
    for name in lists:
        top = name.rpartition("/")[0].rpartition("/")[0]
        pairs = [[f"{top}/{part}".lstrip("/") for part in line.split()] for line in files[name].read_text().split("\n")]
        pairs = [pair for pair in pairs if pair]
        support = sorted({shown for _, shown in pairs})
        shown_and_asked = [(one, one, False) for one in support] + [(asked, shown, True) for asked, shown in pairs]
        for drawing, of, query in shown_and_asked:
            if drawing not in files:
                raise ZooError(f"{place} holds no {drawing}, which {name} names", "get the archive anew")
            images.append(pictures.as_trained(pictures.read(files[drawing], shape.shape[2]), shape)[0])
            labels.append(classes + support.index(of))
            queries.append(query)
        classes += len(support)
    return Arrays(image=np.stack(images), label=np.array(labels), query=np.array(queries))


def _omniglot(held_out: bool) -> Data:
    drawn, place = tfds_arrays("omniglot", "train"), tfds_directory() / RUNS
    if not place.is_dir():
        raise ZooError(f"{place} is not there", "unpack all_runs.zip of github.com/brendenlake/omniglot there")
    test, labels, alphabets = one_shot_runs(place), drawn.arrays["label"], drawn.arrays["alphabet"]
    names = _alphabets()
    first = [int(np.argmax(labels == label)) for label in range(labels.max() + 1)]  # a drawing of each character
    background = [f"{names[alphabets[row]]}/{drawn.arrays['alphabet_char_id'][row] + 1:02d}" for row in first]
    runs = [f"run{label // WAYS + 1:02d}/{label % WAYS + 1:02d}" for label in range(test.labels.max() + 1)]
    images = np.stack([pictures.as_trained(image[..., :1], DRAWING)[0] for image in drawn.arrays["image"]])
    everything, validates = Arrays(image=images, label=labels), np.isin(alphabets, np.unique(alphabets)[::EVERY])
    learned = np.flatnonzero(~validates) if held_out else np.arange(len(labels))
    split = "24 to learn, 6 to validate" if held_out else "all to learn, 6 of them measured beside, too"
    about = (
        f"Omniglot (Lake, Salakhutdinov, Tenenbaum 2015), MIT licence: 964 characters of 30 alphabets, {split}; "
        "to test their 20 runs of 20-way one-shot classification, of other alphabets."
    )
    return Data(
        "omniglot",
        Spec({"image": DRAWING}, {"label": Label((*background, *runs))}),
        train=Arrays(**everything.take(learned)),
        validation=Arrays(**everything.take(np.flatnonzero(validates))),
        test=Arrays(**{**test.arrays, "label": test.labels + len(background)}),
        about=about,
    )


def _alphabets() -> list[str]:
    import tensorflow_datasets as tfds

    return tfds.builder("omniglot", data_dir=tfds_directory()).info.features["alphabet"].names
