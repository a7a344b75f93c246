"""Which columns of a table hold texts and labels: as a person says, by usual names, or by their values."""

from dataclasses import dataclass

from zoo865.data.folder import listed
from zoo865.data.text_tables import Table
from zoo865.data.tokenizer import words_of
from zoo865.errors import ZooError

LABELS = (
    *("label", "labels", "class", "category", "sentiment", "target", "polarity", "rating", "stars", "score", "topic"),
    "y",
)
TEXTS = (  # those of the second row are texts where there is none of the first
    ("text", "review", "sentence", "body", "content", "comment", "message", "tweet", "document", "post"),
    ("title", "headline", "subject", "summary", "description"),
)
LOOKED_AT = 200  # rows by which it is told how long the texts of a column are
LONGER = 2  # times as many words as in any other column has the one that is taken for the texts
CLASSES, EACH = 100, 5  # a column of labels that is known by its values has at most so many, each so often on average


@dataclass(frozen=True)
class TextColumns:
    """The two columns that count.

    Args:
        text, label: their names.
        guessed: "text" and "label" where that column was found by its values alone.
    """

    text: str
    label: str
    guessed: tuple[str, ...] = ()


def find_columns(table: Table, place, text: str | None = None, label: str | None = None) -> TextColumns:
    """Finds the columns of texts and of labels.

    Args:
        table: whose.
        place: where it is from, for errors.
        text, label: their names where a person says them.

    Raises:
        ZooError: a named column is not there, or those that nobody named are not clear; the columns are listed.
    """
    for name in (text, label):
        if name is not None and name not in table.columns:
            raise ZooError(f"{place} has no column {name!r}", f"it has {_listed(table)}")
    if text is not None and text == label:
        raise ZooError(f"{text!r} cannot be the column of texts and of labels", f"{place} has {_listed(table)}")
    named = label or _one_of(LABELS, table, place, but=text)
    found = text or _with_texts(table, place, but=named)
    guessed: tuple[str, ...] = () if text or any(found.lower() in names for names in TEXTS) else ("text",)
    if not named:
        named = _with_labels(table, place, but=found)
        guessed = (*guessed, "label")
    return TextColumns(found, named, guessed)


def _one_of(names, table: Table, place, but) -> str | None:
    """The only column with one of these names; None where there is none."""
    found = [column for column in table.columns if column.lower() in names and column != but]
    if len(found) > 1:
        raise _unclear(f"{place} may have its labels in {listed(map(repr, found))}", "label", table)
    return found[0] if found else None


def _with_texts(table: Table, place, but) -> str:
    others = [column for column in table.columns if column != but]
    usual = ([column for column in others if column.lower() in names] for names in TEXTS)
    candidates = next(filter(None, usual), others)
    words = {column: sum(len(words_of(text)) for text in table.columns[column][:LOOKED_AT]) for column in candidates}
    first, *rest = sorted(candidates, key=lambda column: -words[column]) or [""]
    if not first or (rest and words[first] < LONGER * words[rest[0]]):
        either = f"may have its texts in {first!r} or {rest[0]!r}" if rest else "has no column of texts"
        raise _unclear(f"{place} {either}", "text", table)
    return first


def _with_labels(table: Table, place, but: str) -> str:
    """The column with few different values."""
    found = []
    for column, given in table.columns.items():
        values = [value.strip() for value in given if value.strip()]
        if column != but and 1 < len(set(values)) <= min(CLASSES, len(values) / EACH):
            found.append(column)
    if len(found) != 1:
        wrong = (
            f"may have its labels in {listed(map(repr, found))}" if found else "has no column that is clearly of labels"
        )
        raise _unclear(f"{place} {wrong}", "label", table)
    if found[0] in map(str.strip, table.columns[found[0]]):
        wrong = f"the first line of {place} does not name its columns, but is {_listed(table)}"
        raise ZooError(wrong, "write their names above it: text,label")
    return found[0]


def _unclear(wrong: str, which: str, table: Table) -> ZooError:
    hint = f"name it, --set data_args.{which}_column=NAME, one of {_listed(table)} (the first line names the columns)"
    return ZooError(wrong, hint)


def _listed(table: Table) -> str:
    return listed(map(repr, table.columns), most=20) or "no columns"
