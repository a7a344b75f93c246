"""`load_data`: a data set by its name or its folder, fitted to what a model takes."""

import dataclasses
import os
from pathlib import Path

import numpy as np

from zoo865 import files, registry
from zoo865.data import pictures
from zoo865.data.features import Image, Label
from zoo865.data.features.text import vocabulary_of
from zoo865.data.file_tree import ARCHIVES
from zoo865.data.narrow import heard, labelled_by, spec_heard, spec_labelled_by
from zoo865.data.sets.environment import environment
from zoo865.data.sets.folder import images
from zoo865.data.sets.game import game
from zoo865.data.sets.labelled_texts import labelled_texts
from zoo865.data.sets.larochelle import is_larochelle, larochelle
from zoo865.data.sets.sound_files import sound_files
from zoo865.data.sets.text_files import SUFFIXES, holds_texts, texts
from zoo865.data.spec import Arrays, Data, Spec, Split
from zoo865.data.statistics import cut, in_chunks, labels_of
from zoo865.data.text_tables import SUFFIXES as TABLES
from zoo865.data.text_tables import is_table
from zoo865.data.word_stream import text_input
from zoo865.errors import ZooError, counted, nearest


def load_data(
    name: str,
    *,
    image_shape: tuple[int, int, int] | None = None,
    largest: int | None = None,
    binarize: bool | None = False,
    crop: bool = False,
    smallest: int = 1,
    fold: tuple[int, int] | None = None,
    layout: str | None = None,
    train_examples: int | None = None,
    vocabulary_size: int | None = None,
    min_count: int = 1,
    like: Spec | None = None,
    labelled: bool = False,
    text_column: str | None = None,
    label_column: str | None = None,
    classes_apart: bool = False,
    rate: int | None = None,
    seconds: float | None = None,
    label: str | None = None,
) -> Data:
    """A data set.

    Args:
        name: "mnist", "fashion_mnist", "mnist_sample", "generated_digits"; FILE.py:NAME for a function that a user's
            file marks with `@dataset`; "gym:NAME", an environment; or a folder of pictures, or a ZIP archive of it,
            with a sub-folder for each class where there are classes (see `zoo865.data.sets.folder.images`), or of
            Larochelle's files of binarised MNIST. "images:NAME" is a folder that is called as a data set is. Or texts:
            with labels a .csv, .tsv or .jsonl file, and with `labelled` a folder of those, or one with a sub-folder of
            texts for each class (see `zoo865.data.sets.labelled_texts.labelled_texts`); without labels a text file, or
            a folder of them (see `zoo865.data.sets.text_files.texts`): any with `vocabulary_size`, for a folder may
            hold pictures, too. Or sounds: a folder of them, or a ZIP archive of it (see
            `zoo865.data.sets.sound_files.sound_files`), with `rate`.
        image_shape: (height, width, channels) that images are resized to; None keeps their own.
        largest: without `image_shape`, pixels of a side beyond which images become squares of so many, by what their
            centre shows.
        binarize: whether every pixel becomes 0 or 255, 255 with the probability of its brightness, once and for all
            (static binarisation, as Salakhutdinov and Murray 2008 introduced it, here with seed 865); None binarises
            drawings, and leaves other images their shades.
        crop: whether pictures of a folder keep their proportions, by what their centre shows; else they are squeezed.
        smallest: pixels that the shorter side of a folder's pictures must have.
        fold: (number from 1, number of folds) for a folder of pictures, or labelled texts, to cross-validate: they are
            split anew, and this fold is the test split.
        layout: what the folders of a folder are: "parts" (train, validation, test), "classes", "inner" (classes within
            each of them) or "unlabelled"; None reads it off their names.
        train_examples: how many of the training examples are used, each class in proportion, always the same; None uses
            all.
        vocabulary_size: of texts, how many words are known, the most frequent of the training texts; None leaves the
            vocabulary as the data have it.
        min_count: how often in the training texts a word must occur to be known.
        like: None, or the specification that a model was trained on, to measure it on a folder, which is not cut then:
            drawings are adapted to its ink, cropped and centred, as for predictions; texts are of its vocabulary.
        labelled: whether texts in a folder have labels; without, all of its text files are running text.
        text_column, label_column: the columns of a table that hold texts and labels; None finds them, by how such
            columns are called, or else by their values.
        classes_apart: whether a folder's parts have different classes, to test on classes that were not learned.
        rate: samples a second that the sounds of a folder are brought to.
        seconds: of a sound, how much is heard, from its beginning on; None hears all of it.
        label: of examples that have several labels, the one that counts; those with one keep it.

    Returns:
        The data set, its examples raw.

    Raises:
        ZooError: unknown name (the nearest are offered), or data that are missing or unreadable.

    Example:
        >>> data = zoo865.load_data("generated_digits", image_shape=(14, 14, 1))
        >>> len(data.train), data.test.take([0, 1])["image"].shape, data.spec.class_names[:3]
        (1000, (2, 14, 14, 1), ('0', '1', '2'))
    """
    shape = _checked_shape(image_shape) if image_shape else None
    if _is_dataset(name):
        data = dataclasses.replace(registry.find("dataset", name)(), name=Path(full_name(name)).name)
        _check_raw(data)
    elif name.startswith("gym:"):
        data = environment(name.removeprefix("gym:"))
    elif name.startswith("game:"):
        data = game(name.removeprefix("game:"))
    elif names_a_place(name):
        folder = name.removeprefix("images:")
        if rate is not None:
            data = sound_files(folder, rate, passage=seconds, layout=layout, fold=fold, like=like)
        elif labelled or is_table(folder):
            columns = {"text_column": text_column, "label_column": label_column}
            data = labelled_texts(folder, **columns, layout=layout, fold=fold, like=like)
        elif vocabulary_size is not None or (folder == name and holds_texts(folder)):
            data = texts(folder, whole=like is not None)
        elif is_larochelle(folder):
            data = larochelle(folder)
        else:
            data = images(folder, shape, crop, smallest, fold, layout, like, largest, classes_apart)
    else:
        given = "texts" if vocabulary_size is not None else "sounds" if rate is not None else "pictures"
        known = nearest(name, registry.names("dataset"))
        raise ZooError(f"unknown data set {name!r}", f"{known} (or give a folder of {given})")
    if fold and not data.files:
        wrong = f"{name} is not a folder of pictures, nor labelled texts, which alone are split into folds"
        raise ZooError(wrong, "omit the folds")
    if train_examples is not None:
        data = _fewer(data, train_examples)
    if rate is not None and data.spec.sound.rate != rate:
        wrong = f"{name} has {data.spec.sound.rate:,} samples a second, not {rate:,}"
        raise ZooError(wrong, f"--set data_args.rate={data.spec.sound.rate}")
    if label is not None:
        data = labelled_by(data, label)
    if seconds is not None:
        data = heard(data, seconds)
    if vocabulary_size is not None:
        data = _with_vocabulary(data, vocabulary_size, min_count, like)
    if largest and not shape and max(data.spec.image.shape[:2]) > largest:
        shape, crop = (largest, largest, data.spec.image.shape[2]), True
        about = f"{data.about} Images are cropped and resized to squares of {largest} pixels."
        data = dataclasses.replace(
            data, about=about, notes=(f"images of {name} are cropped and resized to {largest} x {largest}",)
        )
    if shape and shape != data.spec.image.shape:
        data = _mapped(data, lambda image: _fitted(image, shape, crop), shape=shape)
    if binarize and data.files and not data.spec.image.ink:
        wrong = f"{name} has no drawings, and binarised photos are noise"
        raise ZooError(wrong, "give drawings, or use another system (zoo865 list)")
    if _binarizes(binarize, data.spec) and not data.spec.image.binary:
        random = np.random.default_rng(865)
        data = _mapped(data, lambda image: pictures.binarized(image, random), binary=True)
        data = dataclasses.replace(data, about=f"{data.about} Statically binarised, seed 865.")
    return data


def _is_dataset(name: str) -> bool:
    """Whether a name is one of the data sets of the zoo, or of a user's file."""
    in_a_file = files.split_name(name)[0] and not name.startswith("gym:")
    return bool(in_a_file) or name in registry.names("dataset")


def spec_before_loading(
    name: str,
    image_shape=None,
    binarize: bool | None = False,
    vocabulary_size: int | None = None,
    seconds: float | None = None,
    label: str | None = None,
    **_,
) -> Spec | None:
    """The specification of a data set as far as it is known without its examples; None where it is not.

    Args:
        name, image_shape, binarize, vocabulary_size, seconds, label: as for `load_data`; what else that takes changes
            no specification.
    """
    spec = getattr(registry.find("dataset", name), "spec", None) if _is_dataset(name) else None
    if spec is None and image_shape:  # of a folder the classes are not known: as few as there may be
        spec = Spec({"image": Image(tuple(image_shape))}, {"label": Label(("a", "b"))})
    if spec is None:
        return None
    spec = spec if label is None else spec_labelled_by(spec, label, name)
    spec = spec if seconds is None else spec_heard(spec, seconds)
    if vocabulary_size is not None:  # which words are known the texts say; so many, if they have as many
        name, text = text_input(spec)
        words = tuple(f"word {number}" for number in range(vocabulary_size))
        return dataclasses.replace(spec, inputs={**spec.inputs, name: dataclasses.replace(text, vocabulary=words)})
    shape = {"shape": tuple(image_shape)} if image_shape else {}
    return _with_image(spec, **shape, binary=_binarizes(binarize, spec))


def names_a_place(name: str) -> bool:
    """Whether a name of data is that of a folder, an archive, a text file or a table, there or not."""
    if _is_dataset(name) or name.startswith(("gym:", "game:")):
        return False
    called = name.startswith("images:") or name.lower().endswith((*ARCHIVES, *SUFFIXES, *TABLES))
    return called or os.sep in name or os.path.exists(name)


def is_there(name: str) -> bool:
    """Whether there is a folder or an archive of this name; see `names_a_place`."""
    return Path(name.removeprefix("images:")).expanduser().exists()


def full_name(name: str) -> str:
    """The name by which a run finds its data from whatever directory: a folder or a user's file by its whole path."""
    if name.startswith("gym:"):
        return f"gym:{files.full_name(name.removeprefix('gym:'))}"
    if names_a_place(name):
        return str(Path(name.removeprefix("images:")).expanduser().resolve())
    return files.full_name(name)


def _checked_shape(image_shape) -> tuple[int, int, int]:
    if not (len(image_shape) == 3 and min(image_shape) > 0 and image_shape[2] in (1, 3)):
        raise ZooError(f"image_shape must be [height, width, 1 or 3], not {list(image_shape)}")
    height, width, channels = image_shape
    return height, width, channels


def _check_raw(data: Data):
    """Raises ZooError where a split holds other raw examples than its features say: they would be prepared wrongly."""
    for split in ("train", "validation", "test"):
        examples = data.split(split).take(np.arange(min(1, len(data.split(split)))))
        if lacks := {**data.spec.inputs, **data.spec.targets}.keys() - examples.keys():
            hint = f"it has {', '.join(map(repr, examples))}: use the names of the specification"
            raise ZooError(f"{data.name}, {split}, has no {', '.join(map(repr, sorted(lacks)))}", hint)
        for name, feature in data.spec.inputs.items():
            for example in examples[name]:
                if wrong := feature.misfit(example):
                    hint = f"convert them where {data.name} is made"
                    raise ZooError(f"{name!r} of {data.name}, {split}, is {wrong}", hint)


def _with_vocabulary(data: Data, size: int, min_count: int, like: Spec | None) -> Data:
    """The data with the words that are known: those of a model, or else the most frequent of the training texts."""
    name, text = text_input(data.spec)
    for setting, value in (("vocabulary_size", size), ("min_count", min_count)):
        if value < 1:
            raise ZooError(f"{setting} must be at least 1, not {value}")
    if like:
        vocabulary = text_input(like)[1].vocabulary
    else:
        given = (one for examples in in_chunks(data.train) for one in examples[name])
        vocabulary = vocabulary_of(given, size, min_count)
        if not vocabulary:
            wrong = f"{data.name} has no word that occurs {counted(min_count, 'time')} in its training texts"
            raise ZooError(wrong, "give more text, or --set data_args.min_count=1")
    inputs = {**data.spec.inputs, name: dataclasses.replace(text, vocabulary=vocabulary)}
    return dataclasses.replace(data, spec=dataclasses.replace(data.spec, inputs=inputs))


def _fewer(data: Data, count: int) -> Data:
    """The data with so many training examples."""
    if not len(data.spec.class_names) < count <= len(data.train) - len(data.spec.class_names):
        raise ZooError(f"train_examples={count} is out of range: {data.name} has {len(data.train):,} training examples")
    train = data.train.take(cut(labels_of(data.train), count)[1])
    return dataclasses.replace(
        data, train=Arrays(**train), about=f"{data.about} Only {count:,} training examples are used."
    )


def _mapped(data: Data, function, **changed) -> Data:
    """The data with `function` applied to the images of each split, in the order train, validation, test.

    Args:
        data: of images.
        function: images -> images.
        changed: what becomes of the images' feature.
    """
    spec = _with_image(data.spec, **changed)

    def mapped(split: Split) -> Arrays:
        examples = split.take(np.arange(len(split)))
        images = {key: function(examples[key]) for key, one in spec.inputs.items() if isinstance(one, Image)}
        return Arrays(**{**examples, **images})

    train, validation, test = mapped(data.train), mapped(data.validation), mapped(data.test)
    return dataclasses.replace(data, spec=spec, train=train, validation=validation, test=test)


def _binarizes(binarize: bool | None, spec: Spec) -> bool:
    """Whether images become black and white; where nothing is said, drawings alone."""
    return bool(spec.image.ink) if binarize is None else binarize


def _with_image(spec: Spec, **changed) -> Spec:
    """The specification with the settings of its images changed; of other data as it is."""
    inputs = {
        name: dataclasses.replace(one, **changed) if isinstance(one, Image) else one
        for name, one in spec.inputs.items()
    }
    return dataclasses.replace(spec, inputs=inputs)


def _fitted(images, shape, crop: bool) -> np.ndarray:
    return np.stack([pictures.resize(pictures.from_array(image, shape[2]), shape[:2], crop) for image in images])
