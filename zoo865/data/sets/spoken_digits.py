"""Spoken digits: 3,000 recordings of six people, the Free Spoken Digit Dataset."""

import re
from collections.abc import Mapping

import numpy as np

from zoo865.data import sounds
from zoo865.data.features import Audio, Label
from zoo865.data.file_tree import file_tree
from zoo865.data.sets.tfds import tfds_directory
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.errors import ZooError
from zoo865.registry import dataset

RATE = 8000
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
SPEC = Spec({"sound": Audio(RATE)}, {"digit": Label(tuple("0123456789")), "speaker": Label(SPEAKERS)})
NAME = re.compile(rf"(\d)_({'|'.join(SPEAKERS)})_(\d+)\.(?:wav|flac)")
TEST, VALIDATION = 5, 10  # of the 50 times that each says each digit, up to which: the data's own test, and the next
EVERY = 3000


@dataset
def spoken_digits() -> Data:
    """Digits that six people say, 50 times each: 3,000 recordings of 0.14 to 2.3 s, 8 kHz.

    Raises:
        ZooError: they are not there.
    """
    place = tfds_directory() / "spoken_digits"
    hint = f"git clone https://github.com/Jakobovski/free-spoken-digit-dataset {place}"
    if not place.is_dir():
        raise ZooError(f"{place} is not there", hint)
    files = file_tree(place, (".wav", ".flac")).files
    found = {match.groups(): file for name, file in files.items() if (match := NAME.fullmatch(name.split("/")[-1]))}
    if len(found) != EVERY:
        raise ZooError(f"{place} holds {len(found):,} of {EVERY:,} recordings", hint)
    parts: Mapping[str, list] = {"train": [], "validation": [], "test": []}
    for (digit, speaker, number), file in sorted(found.items(), key=lambda item: (item[0][:2], int(item[0][2]))):
        part = "test" if int(number) < TEST else "validation" if int(number) < VALIDATION else "train"
        parts[part].append((sounds.read(file, RATE)[0], int(digit), SPEAKERS.index(speaker)))
    train, validation, test = (_arrays(rows) for rows in parts.values())
    about = (
        "Free Spoken Digit Dataset (Jackson et al. 2018), CC BY-SA 4.0. Its own test, the first 5 of the 50 times that "
        "each speaker says each digit; the next 5 validate. All speakers are heard in every part."
    )
    return Data("spoken_digits", SPEC, train, validation, test, about=about)


def _arrays(rows) -> Arrays:
    heard, digits, speakers = zip(*rows, strict=True)
    return Arrays(sound=list(heard), digit=np.array(digits), speaker=np.array(speakers))


spoken_digits.spec = SPEC
