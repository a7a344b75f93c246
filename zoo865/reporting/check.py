"""`check`: checks a folder of pictures before training; writes a page and a CSV."""

import csv
import io
from pathlib import Path

from zoo865.data import pictures
from zoo865.data.image_folder import ImageFolder, read_image_folder
from zoo865.data.image_scan import SECONDS, all_but_black, groups_of, near_duplicates
from zoo865.errors import ZooError, sentence
from zoo865.files import write_text
from zoo865.metrics.label_mistakes import KNOWS_PHOTOS, SURE, LabelMistake, label_mistakes
from zoo865.reporting.page import in_page, page_of, page_path, png, sized
from zoo865.reporting.photo_features import photo_features

SHOWN = 200  # label mistakes, and pairs of near-duplicates, on the page; all are in the CSV
PIXELS = 180  # of a picture's longer side
COLUMNS = ("problem", "file", "label", "likely", "probability", "other", "why")


def check(folder, *, layout: str | None = None, weights: str | None = None, out="check.html") -> dict:
    """Checks a folder of pictures for unreadable files, near-duplicates and likely wrong labels.

    Args:
        folder: with one sub-folder per class, or a ZIP archive of such; with train and test folders or without.
        layout: how to read its folders where that is ambiguous: "parts", "classes", "inner",
            "unlabelled".
        weights: file of the weights of the feature extractor; None takes those that its recipe names, and downloads
            them if necessary.
        out: the page; the findings are also written beside it as CSV, one per row.

    Returns:
        {"page", "csv", "folder", "pictures", "classes": {name: pictures}, "left_out": [...], "near_duplicates": [...],
        "label_mistakes": [...], "notes": [...]}; what was found as rows of the CSV are: problem, file, label, likely
        (the label that it should have), probability (of that), other (file that looks alike), why.

    Raises:
        ZooError: no such folder, an ambiguous layout, or a page whose name does not end with .html.
    """
    out = page_path(out, "check.html")
    rows = out.with_suffix(".csv")
    if rows.exists() and not rows.read_bytes().startswith(",".join(COLUMNS).encode()):
        raise ZooError(f"{rows} exists and was not written by zoo865 check", "choose another name: --out NAME.html")
    found = read_image_folder(folder, layout, any_unreadable=True)
    pairs = near_duplicates(found.looks)
    dark = map(sentence, all_but_black(found.looks, Path(folder)))
    mistakes, notes = _mistakes(found, groups_of(pairs, len(found.names)), weights)
    said = {
        "page": str(out),
        "csv": str(rows),
        "folder": str(folder),
        "pictures": len(found.names),
        "classes": {name: int((found.labels == label).sum()) for label, name in enumerate(found.class_names)},
        "label_mistakes": [_label_row(found, one) for one in mistakes],
        "near_duplicates": [_pair_row(found, *pair) for pair in pairs],
        "left_out": [{"problem": "left out", "file": what, "why": why} for what, why in found.left_out],
        "notes": [*found.notes, *dark, *notes],
    }
    write_text(rows, _as_csv(said))
    write_text(
        out,
        page_of("check.html.jinja", found=said, sections=_sections(found, mistakes, pairs, said), system=KNOWS_PHOTOS),
    )
    return said


def _mistakes(found: ImageFolder, groups, weights: str | None):
    """The label mistakes, and notes on labels that were not checked."""
    if len(found.class_names) < 2:
        return [], ["Labels were not checked: the folder has fewer than two classes."]
    if len(set(found.labels.tolist())) < 2:
        return [], ["Labels were not checked: fewer than two classes have readable pictures."]
    few = [name for label, name in enumerate(found.class_names) if len(set(groups[found.labels == label])) < 2]
    notes = [f"Labels of {', '.join(few)} were not checked: each needs two different pictures."] if few else []
    try:
        features = photo_features([one.path for one in found.looks], weights)
        return label_mistakes(features, found.labels, groups), notes
    except ZooError as error:
        if weights is not None:
            raise
        return [], [f"Labels were not checked: {error.message}. {error.hint}"]


def _label_row(found: ImageFolder, mistake: LabelMistake) -> dict:
    names = found.class_names
    return {
        "problem": "label",
        "file": found.names[mistake.index],
        "label": names[found.labels[mistake.index]],
        "likely": names[mistake.likely],
        "probability": round(mistake.probability, 4),
    }


def _pair_row(found: ImageFolder, one: int, other: int) -> dict:
    looks, names = (found.looks[one], found.looks[other]), found.class_names
    apart = abs(looks[0].taken - looks[1].taken)
    why = "equal" if looks[0].sha256 == looks[1].sha256 else "look alike"
    why += f", taken {apart:.0f} s apart" if apart <= SECONDS else ""
    if found.labels[one] != found.labels[other]:
        why += f"; one is {names[found.labels[one]]}, the other {names[found.labels[other]]}"
    elif found.parts[one] != found.parts[other]:
        why += f"; one in {found.parts[one]}, the other in {found.parts[other]}"
    row = {"problem": "near-duplicate", "file": found.names[one], "other": found.names[other], "why": why}
    return row | ({"label": names[found.labels[one]]} if names else {})


def _as_csv(said: dict) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row for kind in ("label_mistakes", "near_duplicates", "left_out") for row in said[kind])
    return text.getvalue()


def _sections(found: ImageFolder, mistakes, pairs, said) -> dict:
    """What the page shows of label mistakes and of near-duplicates: (picture, caption) of each."""
    wrong = [
        (
            _thumbnail(found, one.index),
            f"{row['file']}: labelled {row['label']}, likely {row['likely']} ({one.probability:.0%})",
        )
        for one, row in zip(mistakes[:SHOWN], said["label_mistakes"], strict=False)
    ]
    alike = [
        (_thumbnail(found, place), f"{found.names[place]}{': ' + row['why'] if number else ''}")
        for pair, row in zip(pairs[:SHOWN], said["near_duplicates"], strict=False)
        for number, place in enumerate(pair)
    ]
    return {"label_mistakes": wrong, "near_duplicates": alike, "most": SHOWN, "sure": SURE}


def _thumbnail(found: ImageFolder, place: int) -> str:
    return in_page(png(sized(pictures.read(found.looks[place].path, 3), PIXELS)))
