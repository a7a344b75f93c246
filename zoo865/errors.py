"""The one error that is not a bug: the user can fix its cause, and the message says how."""

import difflib

MOST_NAMED = 20


class ZooError(Exception):
    """An error that the user can fix. The command line prints it as one line and exits with 2.

    Args:
        message: what is wrong; names the thing and the value.
        hint: what to do about it.

    Example:
        >>> str(ZooError("no folder photos/", "check the path"))
        'no folder photos/; check the path'
    """

    def __init__(self, message: str, hint: str = ""):
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self):
        return f"{self.message}; {self.hint}" if self.hint else self.message


def nearest(name: str, known) -> str:
    """A hint with the closest of the `known` names, or the first of them if none is close."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    first = ", ".join(known[:MOST_NAMED]) + (", ..." if len(known) > MOST_NAMED else "")
    return f"known: {first}" if known else "there are none"


def sentence(note: str) -> str:
    """A note as a sentence: with a capital, and a full stop."""
    return f"{note[0].upper()}{note[1:]}."


def counted(number: int, thing: str) -> str:
    """1, "core" -> "1 core"; 2, "core" -> "2 cores"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
