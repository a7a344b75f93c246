"""Data with less of each example: one of its labels, the first seconds of its sound."""

import dataclasses

import numpy as np

from zoo865.data.spec import Arrays, Data, Spec, Split
from zoo865.data.statistics import in_chunks
from zoo865.errors import ZooError, counted, nearest


def labelled_by(data: Data, name: str) -> Data:
    """The data with one of several labels as "label", and without the others."""
    if len(data.spec.labels) < 2:
        return data
    spec = spec_labelled_by(data.spec, name, data.name)

    def labelled(split: Split) -> Arrays:
        examples = split.take(np.arange(len(split)))
        return Arrays(**{key: examples[key] for key in examples if key not in data.spec.labels}, label=examples[name])

    return dataclasses.replace(
        data,
        spec=spec,
        train=labelled(data.train),
        validation=labelled(data.validation),
        test=labelled(data.test),
    )


def spec_labelled_by(spec: Spec, name: str, of: str) -> Spec:
    """The specification with one of several labels as "label"."""
    labels = spec.labels
    if len(labels) < 2:
        return spec
    if name not in labels:
        raise ZooError(f"{of} has no label {name!r}", f"{nearest(name, labels)} (it has {', '.join(labels)})")
    return dataclasses.replace(spec, targets={"label": labels[name]})


def heard(data: Data, seconds: float) -> Data:
    """Data of sounds of which the first seconds are heard."""
    spec = spec_heard(data.spec, seconds)
    (name,), samples = spec.inputs, round(seconds * spec.sound.rate)
    splits = data.train, data.validation, data.test
    longer = sum(len(one) > samples for split in splits for part in in_chunks(split) for one in part[name])
    said = f"of {counted(longer, 'sound')} of {data.name} the first {seconds:g} s are heard"
    return dataclasses.replace(data, spec=spec, notes=(*data.notes, said) if longer else data.notes)


def spec_heard(spec: Spec, seconds: float) -> Spec:
    """The specification of sounds of which the first seconds are heard."""
    ((name, _),), sound = spec.inputs.items(), spec.sound
    if not seconds * sound.rate >= 1:
        raise ZooError(f"seconds must be above 0, not {seconds}", "--set data_args.seconds=1")
    return dataclasses.replace(spec, inputs={name: dataclasses.replace(sound, length=round(seconds * sound.rate))})
