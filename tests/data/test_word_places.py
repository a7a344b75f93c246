"""Where words stand in a text: what stands there is the word."""

import random

import pytest

from zoo865.data.tokenizer import words_of
from zoo865.data.word_places import line_breaks, word_places

pytestmark = pytest.mark.fast
PIECES = (
    *(
        "a",
        "B",
        "n't",
        "'",
        "'s",
        "'ve",
        "d",
        "5",
        "-",
        "`",
        "\xad",
        "é",
        "ß",
        "İ",
        "\ufb01",
        "漢",
        "字",
        "😀",
        "\U0001d49c",
    ),
    *(
        "\U0001d49c",
        "<",
        ">",
        "/",
        "br",
        "<br\xa0/>",
        "<i>",
        "</i>",
        "&amp;",
        "&#39;",
        "&lt;",
        "&amp;lt;",
        " ",
        " ",
        "\n",
    ),
)


def written(text):
    shown, places = word_places(text)
    return shown, [shown[start:end] for start, end in places]


def test_words_as_they_were_written():
    text = "It's <b>5 O'CLOCK</b>,<br />and they DON\u2019T &#39;care&#39;: so\xadft! 漢字😀 and/or"
    shown, found = written(text)
    assert shown == text
    expected = "It 's 5 O'CLOCK and they DO N\u2019T care so\xadft 漢 字 😀 and or"
    assert found == expected.split()


def test_a_tag_is_no_word():
    assert written("<i>I")[1] == ["I"]
    assert written("a<br>br")[1] == ["a", "br"]


def test_there_are_none():
    for text in ("", " ...", "<br />"):
        assert word_places(text) == (text, [])


def test_of_random_texts_every_word_stands_where_it_is_said():
    draw, kept = random.Random(0), 0
    for _ in range(4000):
        text = "".join(draw.choice(PIECES) for _ in range(draw.randint(1, 14)))
        shown, found = written(text)
        words = words_of(text)
        kept += shown == text
        assert len(found) == len(words)
        for word, there in zip(words, found, strict=True):
            # An apostrophe at the start or end of a part is not one inside a word.
            assert "".join(words_of(there)).replace("'", "") == word.replace("'", ""), text
    assert kept > 3000  # "&amp;lt;" is not found in them


def test_breaks_of_lines():
    assert line_breaks("one<br /><BR>two<b>") == "one\n\ntwo<b>"
