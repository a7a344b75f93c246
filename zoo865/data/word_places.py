"""Where the words of a text stand in it, so that they can be shown as they were written."""

import re

from zoo865.data.tokenizer import CHARACTERS, ENTITIES, TAG, WORDS_BY_THEMSELVES, words_of

_INVISIBLE = "\xad"  # stands for all characters that are left out of words
_BETWEEN_WORDS = " '</>\n"


def word_places(text: str) -> tuple[str, list[tuple[int, int]]]:
    """A text, and where each of its words begins and ends.

    Args:
        text: of any length.

    Returns:
        The text as it is, and (start, end) of each of its words, those of `words_of`, in order. Where one is not found
        in it, its words in place of the text, a blank between two, and where these begin and end.

    Example:
        >>> text, places = word_places("<b>Don&#39;t</b> go!")
        >>> [text[start:end] for start, end in places]
        ['Do', 'n&#39;t', 'go']
    """
    words, read = words_of(text), text
    for entity, character in ENTITIES:
        read = read.replace(entity, character + _INVISIBLE * (len(entity) - 1))
    read = re.sub(TAG, lambda tag: " " * len(tag[0]), "".join(map(_as_read, read)))
    visible = [place for place, character in enumerate(read) if character != _INVISIBLE]
    read, places, end = read.replace(_INVISIBLE, ""), [], 0
    for word in words:
        start = read.find(word, end)
        if start < 0 or read[end:start].strip(_BETWEEN_WORDS):
            return _only_words(words)
        end = start + len(word)
        places.append((visible[start], visible[end - 1] + 1))
    return text, places


def _as_read(character: str) -> str:
    """The one character that the tokenizer reads in another's place."""
    code = ord(character)
    if code < len(CHARACTERS):
        return chr(CHARACTERS[code])
    return character if any(part.start <= code < part.stop for part in WORDS_BY_THEMSELVES) else " "


def _only_words(words: list[str]) -> tuple[str, list[tuple[int, int]]]:
    places, end = [], -1
    for word in words:
        start = end + 1
        end = start + len(word)
        places.append((start, end))
    return " ".join(words), places


def line_breaks(text: str) -> str:
    """A text with HTML's breaks of lines as such.

    Example:
        >>> line_breaks("one<br />two")
        'one\\ntwo'
    """
    return re.sub(r"<br ?/?>", "\n", text, flags=re.IGNORECASE)
