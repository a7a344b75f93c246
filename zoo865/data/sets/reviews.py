"""Film reviews of IMDb, as TensorFlow Datasets serves them."""

import numpy as np

from zoo865.data.features import Text
from zoo865.data.sets.text_files import QUERY
from zoo865.data.sets.tfds import tfds_arrays
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.data.statistics import cut
from zoo865.registry import dataset

HELD_OUT = 2_500  # reviews, for validation and for test each


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


SPEC = Spec({"text": Text(QUERY, ())})
imdb_unlabelled.spec = SPEC
