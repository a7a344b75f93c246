"""A judge of new sounds is the published classifier that knows their classes; it hears what `predict` hears."""

import numpy as np

import zoo865
from zoo865.data.features import Audio, Label
from zoo865.data.sets.spoken_digits import SPEC
from zoo865.data.spec import Spec
from zoo865.metrics.sound_judge import judge_of_sounds


def test_it_hears_what_predict_hears():
    judge, label = judge_of_sounds(SPEC)
    assert label == "digit"
    assert judge.accuracy > 0.95
    random = np.random.default_rng(0)
    sounds = [random.normal(0, 0.1, length).astype("float32") * np.hanning(length) for length in (900, 4000, 9000)]
    sounds = [sound.astype("float32") for sound in sounds]
    answers = zoo865.Predictor(judge.path).predict(sounds)
    assert [str(number) for number in judge.classes_of(sounds)] == [answer["label"] for answer in answers]


def test_of_other_classes_and_rates_there_is_none():
    assert judge_of_sounds(Spec({"sound": Audio(8000)}, {"digit": Label(("one", "two"))})) is None
    assert judge_of_sounds(Spec({"sound": Audio(16000)}, SPEC.targets)) is None
    assert judge_of_sounds(Spec({"sound": Audio(8000)})) is None
