"""Sounds that are made here, for tests and first tries: nothing is downloaded."""

import functools

import numpy as np

from zoo865.data.features import Audio, Label
from zoo865.data.spec import Arrays, Data, Spec
from zoo865.registry import dataset

RATE = 8000
SPEC = Spec({"sound": Audio(RATE)}, {"instrument": Label(("flute", "buzzer")), "pitch": Label(("low", "high"))})
COUNTS = 96, 24, 24


@dataset
@functools.cache
def generated_sounds() -> Data:
    """Notes of a flute and a buzzer, low and high, that fade out: 96 / 24 / 24 sounds of 0.05 to 0.08 s, 8 kHz."""
    train, validation, test = (_played(count, seed) for seed, count in enumerate(COUNTS))
    return Data("generated_sounds", SPEC, train, validation, test, about="Notes made by zoo865, deterministic.")


def _played(count: int, seed: int) -> Arrays:
    random = np.random.default_rng([865, seed])
    instrument, pitch = np.arange(count) % 2, np.arange(count) // 2 % 2
    notes = []
    for buzzes, high in zip(instrument, pitch, strict=True):
        time = np.arange(random.integers(400, 640)) / RATE
        wave = np.sin(2 * np.pi * (250 + 350 * high) * random.uniform(0.97, 1.03) * time + random.uniform(0, 6))
        loud = random.uniform(0.3, 0.8) * np.exp(-20 * time)
        notes.append(
            (loud * (np.sign(wave) / 2 if buzzes else wave) + random.normal(0, 0.002, len(time))).astype("float32")
        )
    return Arrays(sound=notes, instrument=instrument, pitch=pitch)


generated_sounds.spec = SPEC
