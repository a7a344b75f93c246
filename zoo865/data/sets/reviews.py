"""Film reviews of IMDb, as TensorFlow Datasets serves them."""

import numpy as np

from zoo865.data.features import Label, Text
from zoo865.data.sets.labelled_texts import LENGTH
from zoo865.data.sets.text_files import QUERY
from zoo865.data.sets.tfds import tfds_arrays
from zoo865.data.spec import Arrays, Data, Spec, Split
from zoo865.data.statistics import cut
from zoo865.registry import dataset

HELD_OUT = 2_500  # reviews, for validation; of the unlabelled ones for test, too


@dataset
def imdb_unlabelled() -> Data:
    """Running text: 49,241 different film reviews without labels, 12 million words (Maas et al. 2011)."""
    given = tfds_arrays("imdb_reviews", "unsupervised").arrays["text"]
    tested = set(tfds_arrays("imdb_reviews", "test").arrays["text"])  # by what is learned here, others are tested there
    texts = [text.decode(errors="replace") for text in dict.fromkeys(given) if text not in tested]
    rest, test = cut(np.zeros(len(texts)), HELD_OUT)
    train, validation = (rest[places] for places in cut(np.zeros(len(rest)), HELD_OUT))

    def split(places) -> Arrays:
        return Arrays(text=[texts[place] for place in places])

    about = "IMDb's unlabelled reviews (Maas et al. 2011), each once, without those that its test reviews have, too; "
    about += "no licence is stated, citation is asked for."
    about += f" Validation and test: {HELD_OUT:,} reviews each, seed 865."
    return Data("imdb_unlabelled", SPEC, split(train), split(validation), split(test), about)


@dataset
def imdb() -> Data:
    """Film reviews, bad or good: 25,000 to test, 2,500 to validate, 22,281 to train (Maas et al. 2011)."""
    given, test = (_labelled(tfds_arrays("imdb_reviews", split)) for split in ("train", "test"))
    tested, first = {*test.arrays["text"]}, {}
    for place, text in enumerate(given.arrays["text"]):
        first.setdefault(text, place)
    kept = np.array([place for text, place in first.items() if text not in tested])
    rest, validation = (kept[places] for places in cut(given.labels[kept], HELD_OUT))
    about = "IMDb's labelled reviews (Maas et al. 2011); no licence is stated, citation is asked for. Of training, each"
    about += f" once, and none of the {len(first) - len(kept)} that are in the test, too. Validation: {HELD_OUT:,} of"
    about += f" these {len(kept):,}, stratified, seed 865; reviews of one film stand on both sides of this cut, so that"
    about += " validation may be optimistic."
    return Data("imdb", LABELLED, Arrays(**given.take(rest)), Arrays(**given.take(validation)), test, about)


@dataset
def imdb_texts() -> Data:
    """Running text: 71,185 film reviews without their labels, for language models (Maas et al. 2011).

    Those of `imdb_unlabelled` and those that `imdb` trains on; `imdb`'s validation reviews are held out, and its test
    reviews do not occur.
    """
    unlabelled, labelled = imdb_unlabelled(), imdb()
    held = {*_texts(labelled.validation), *_texts(unlabelled.test)}
    texts = dict.fromkeys([*_texts(unlabelled.train), *_texts(labelled.train)])
    train = Arrays(text=[text for text in texts if text not in held])
    about = "IMDb's reviews (Maas et al. 2011) without labels; no licence is stated, citation is asked for."
    about += " Training: those of imdb_unlabelled and of imdb; validation: of imdb; test: of imdb_unlabelled."
    validation = Arrays(text=_texts(labelled.validation))
    return Data("imdb_texts", RUNNING, train, validation, unlabelled.test, about)


def _texts(split: Split) -> list[str]:
    return list(split.take(np.arange(len(split)))["text"])


def _labelled(given: Arrays) -> Arrays:
    texts = [text.decode(errors="replace") for text in given.arrays["text"]]
    return Arrays(text=texts, label=given.labels)


SPEC = Spec({"text": Text(QUERY, ())})
LABELLED = Spec({"text": Text(LENGTH, ())}, {"label": Label(("neg", "pos"))})
RUNNING = Spec({"text": Text(LENGTH, ())})
imdb_unlabelled.spec, imdb.spec, imdb_texts.spec = SPEC, LABELLED, RUNNING
