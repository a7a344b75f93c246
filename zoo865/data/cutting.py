"""Splitting the examples of a folder: stratified by class, near-duplicates on one side, deterministic."""

import numpy as np

from zoo865.data.statistics import cut
from zoo865.errors import ZooError, counted

SHARES = {"test": 0.2, "validation": 0.1}  # of what was to train; test is cut first
FEWEST_CLASSES = 2  # in a part, where classes are apart
FEWEST = 4  # of a class in a cross-validation: one to test on, one to validate, two to learn from


def cut_by_class(parts, labels, class_names, folder, unit: str) -> tuple[dict[str, np.ndarray], str]:
    """Splits whole classes off the training examples for validation and test, to measure on what was not learned.

    Args:
        parts: (examples,) the part of each by its folder: "train", or "validation" or "test".
        labels: (examples,) integers.
        class_names: of the labels.
        folder: where they are from, for errors.
        unit: what they are, "pictures".

    Returns:
        Part -> indices, and a description of how they were split.

    Raises:
        ZooError: a class has one example only, or there are too few classes.
    """
    for name, count in zip(class_names, np.bincount(labels, minlength=len(class_names)), strict=True):
        if count < 2:
            wrong = f"class {name!r} in {folder} has {counted(count, unit[:-1])}, but examples of a class are compared"
            raise ZooError(wrong, "give it at least 2, or move it away")
    cuts = {part: np.flatnonzero(parts == part) for part in dict.fromkeys(parts)}
    missing = [part for part in SHARES if part not in cuts]
    learned = np.random.default_rng(865).permutation(np.unique(labels[cuts["train"]]))
    if len(learned) < (needed := FEWEST_CLASSES * (1 + len(missing))):
        wrong = f"{folder} has {len(learned)} classes to learn, validate and test with, but each needs others"
        raise ZooError(wrong, f"give at least {needed}, or --set data_args.classes_apart=false")
    for part in missing:
        count = max(FEWEST_CLASSES, round(len(learned) * SHARES[part]))
        cuts[part] = np.flatnonzero(np.isin(labels, learned[:count]) & (parts == "train"))
        learned = learned[count:]
    cuts["train"] = np.flatnonzero(np.isin(labels, learned) & (parts == "train"))
    counts = {part: len(np.unique(labels[places])) for part, places in cuts.items()}
    return cuts, f"of {counts['train']}, {counts['validation']} and {counts['test']} different classes"


def cut_folder(
    parts, labels, groups, class_names, folder, unit: str, fold: tuple[int, int] | None = None, whole: bool = False
) -> tuple[dict[str, np.ndarray], str, bool]:
    """Splits validation and test off the training examples if a folder has none.

    Args:
        parts: (examples,) the part of each by its folder: "train", or "validation" or "test".
        labels: (examples,) integers.
        groups: (examples,) a number each; examples of one number stay together.
        class_names: of the labels.
        folder: where they are from, for errors.
        unit: what they are, "pictures".
        fold: (number from 1, of how many): all examples are cut anew for a cross-validation: this fold to test on, a
            share of the rest to validate on.
        whole: whether a folder without parts is not cut: all of it is the test.

    Returns:
        Part -> indices, a description of how they were split, and whether that was done here.

    Raises:
        ZooError: a class is too small to be split, or there is no such fold.
    """
    if whole and set(parts) == {"train"}:
        return {"test": np.arange(len(parts))}, "all test", False
    if fold:
        said = f"fold {fold[0]} of {fold[1]}, stratified, seed 865"
        return _fold_of(labels, groups, fold, folder, unit), said, True
    cuts, said = _cut_into_parts(parts, labels, groups, class_names, folder, unit)
    return cuts, said, not {"validation", "test"} <= set(parts)


def _cut_into_parts(parts, labels, groups, class_names, folder, unit: str) -> tuple[dict[str, np.ndarray], str]:
    """What the folder has cut, and what is cut here of the rest; and how, in words."""
    cuts = {part: np.flatnonzero(parts == part) for part in dict.fromkeys(parts)}
    missing = [part for part in SHARES if part not in cuts]
    train, needed = cuts["train"], 1 + len(missing)
    for name, count in zip(class_names, np.bincount(labels[train], minlength=len(class_names)), strict=True):
        if count < needed:
            where = f"class {name!r} in {folder}" if name else f"{folder}"  # without classes all are of one
            wrong = f"{where} has {counted(count, f'training {unit[:-1]}')}"
            raise ZooError(wrong, f"at least {needed} are needed")
    groups = _apart_where_needed(labels[train], groups[train], needed)
    for part in missing:
        kept, taken = _cut_together(labels[train], SHARES[part], groups)
        cuts[part], train, groups = train[taken], train[kept], groups[kept]
    said = ["as in the folder"] if len(missing) < 2 else []
    said += [f"{' and '.join(missing)} by stratified split, seed 865"] if missing else []
    return {"train": train, "validation": cuts["validation"], "test": cuts["test"]}, ", ".join(said)


def _cut_together(labels, share: float, groups) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays of indices in rising order, the second of about this share; see `zoo865.data.statistics.cut`."""
    firsts = _firsts(groups)
    _, second = cut(labels[firsts], round(len(firsts) * share))
    taken = np.isin(groups, groups[firsts[second]])
    return np.flatnonzero(~taken), np.flatnonzero(taken)


def _fold_of(labels, groups, fold: tuple[int, int], folder, unit: str) -> dict[str, np.ndarray]:
    """Part -> indices of a cross-validation."""
    from sklearn.model_selection import StratifiedKFold

    number, of = fold
    if not 1 <= number <= of or of < 2:
        raise ZooError(f"there is no fold {number} of {of}", "data_args.fold is [NUMBER,FOLDS]: [1,5] to [5,5]")
    fewest = np.bincount(labels).min()
    if fewest < max(of, FEWEST):
        hint = f"--folds {fewest}" if fewest >= FEWEST else f"at least {FEWEST} are needed"
        raise ZooError(f"the smallest class in {folder} has {fewest} {unit}, too few for {of} folds", hint)
    groups = _apart_where_needed(labels, groups, max(of, FEWEST))
    firsts = _firsts(groups)
    folds = StratifiedKFold(of, shuffle=True, random_state=865).split(firsts, labels[firsts])
    tested = np.isin(groups, groups[firsts[list(folds)[number - 1][1]]])
    others, test = np.flatnonzero(~tested), np.flatnonzero(tested)
    kept, taken = _cut_together(labels[others], SHARES["validation"], groups[others])
    return {"train": others[kept], "validation": others[taken], "test": test}


def _firsts(groups) -> np.ndarray:
    """The index of the first example of each group, in rising order."""
    return np.sort(np.unique(groups, return_index=True)[1])


def _apart_where_needed(labels, groups, needed: int) -> np.ndarray:
    """The groups, but of a class that has fewer of them than are needed to cut it each example by itself."""
    firsts = _firsts(groups)
    too_few = np.bincount(labels[firsts], minlength=labels.max() + 1) < needed
    return np.where(too_few[labels], groups.max() + 1 + np.arange(len(groups)), groups)
