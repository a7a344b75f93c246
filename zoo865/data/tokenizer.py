"""The words of a text: a table of characters and some replacements, which `preprocessing/text.py` runs in a graph, too.

The table is written here and not read from the Unicode data of Python or ICU, so that words are the same with every
version of either, and one character is replaced by one. What it does not name, punctuation above all, separates words.
"""

import re

import numpy as np

# Letters, digits and combining marks, by their code points; those between them that are not assigned are kept, too.
_KEPT = {
    "Latin": "30..39 61..7A AA B5 BA DF..F6 F8..2AF 1D00..1DFF 1E00..1EFF 2C60..2C7F FB00..FB06",
    "modifiers, combining marks": "2B0..2C1 2C6..2D1 2E0..2E4 2EC 2EE 300..36F FE20..FE2F",
    "Greek": "370..374 376..37D 37F 386 388..3F5 3F7..3FF 1F00..1FBC 1FBE 1FC2..1FCC 1FD0..1FDB 1FE0..1FEC 1FF2..1FFC",
    "Cyrillic": "400..481 483..52F",
    "Armenian": "531..559 560..588 FB13..FB17",
    "Hebrew": "591..5BD 5BF 5C1..5C2 5C4..5C5 5C7..5F2 FB1D..FB28 FB2A..FB4F",
    "Arabic": "610..61A 620..669 66E..6D3 6D5..6DC 6DF..6E8 6EA..6FC 6FF 750..77F 8A0..8E1 8E3..8FF FB50..FBB1"
    " FBD3..FD3D FD50..FDC7 FDF0..FDFB FE70..FEFC",
    "Syriac, Thaana, N'Ko": "710..74F 780..7B1 7C0..7F5",
    "Devanagari, Bengali": "900..963 966..96F 971..97F 980..9F1 9FC 9FE",
    "Gurmukhi, Gujarati, Oriya": "A01..A75 A81..AEF AF9..AFF B01..B6F B71",
    "Tamil, Telugu, Kannada": "B82..BEF C00..C6F C80..C83 C85..CF2",
    "Malayalam, Sinhala": "D00..D4E D54..D57 D5F..D6F D7A..D7F D81..DF3",
    "Thai, Lao, Tibetan": "E01..E3A E40..E4E E50..E59 E81..EDF F00 F18..F19 F20..F29 F35 F37 F39 F3E..F84 F86..FBC FC6",
    "Burmese, Khmer, Mongolian": "1000..1049 1050..109D 1780..17D3 17D7 17DC..17E9 1810..18AA",
    "Georgian": "10A0..10FA 10FC..10FF 1C90..1CBF 2D00..2D2D",
    "Ethiopic": "1200..135F 1380..138F 2D80..2DDE",
    "kana, bopomofo": "3041..309A 309D..309F 30A1..30FA 30FC..30FF 3105..312F 31A0..31BF 31F0..31FF",
    "Hangul": "1100..11FF 3131..318E A960..A97C AC00..D7A3 D7B0..D7FB",
    "wide and narrow": "FF10..FF19 FF21..FF3A FF41..FF5A FF66..FFDC",
}

# Each is a word by itself.
_IDEOGRAPHS = "3005..3007 3400..4DBF 4E00..9FFF F900..FAFF 20000..3FFFF"
_SYMBOLS = "231A..231B 23E9..23FA 25B6 25C0 2600..275A 2761..2767 2776..27BF 2B1B..2B1C 2B50 2B55"
_EMOJI = "1F000..1F3FA 1F400..1FAFF"  # without skin tones

# Upper-case letters, and how far from each its lower-case letter is, in hexadecimal digits too.
_UPPER_CASE = """
    41..5A+20 C0..D6+20 D8..DE+20 130-C7 178-79 181+D2 186+CE 189..18A+CD 18E+4F 18F+CA 190+CB 193+CD 194+CF 196+D3
    197+D1 19C+D3 19D+D5 19F+D6 1A6+DA 1A9+DA 1AE+DA 1B1..1B2+D9 1B7+DB 1C4+2 1C7+2 1CA+2 1F1+2 1F6-61 1F7-38 220-82
    23A+2A2B 23D-A3 23E+2A28 243-C3 244+45 245+47 37F+74 386+26 388..38A+25 38C+40 38E..38F+3F 391..3A1+20 3A3..3AB+20
    3CF+8 3F4-3C 3F9-7 3FD..3FF-82 400..40F+50 410..42F+20 4C0+F 531..556+30 10A0..10C5+1C60 10C7+1C60 10CD+1C60
    1C90..1CBA-BC0 1CBD..1CBF-BC0 1E9E-1DBF 1F08..1F0F-8 1F18..1F1D-8 1F28..1F2F-8 1F38..1F3F-8 1F48..1F4D-8 1F59-8
    1F5B-8 1F5D-8 1F5F-8 1F68..1F6F-8 1F88..1F8F-8 1F98..1F9F-8 1FA8..1FAF-8 1FB8..1FB9-8 1FBA..1FBB-4A 1FBC-9
    1FC8..1FCB-56 1FCC-9 1FD8..1FD9-8 1FDA..1FDB-64 1FE8..1FE9-8 1FEA..1FEB-70 1FEC-7 1FF8..1FF9-80 1FFA..1FFB-7E
    1FFC-9 2126-1D5D 212A-20BF 212B-2046 2C62-29F7 2C63-EE6 2C64-29E7 2C6D-2A1C 2C6E-29FD 2C6F-2A1F 2C70-2A1E
    2C7E..2C7F-2A3F FF21..FF3A+20
"""
# Every second code point of these is an upper-case letter, the next one its lower-case letter.
_UPPER_BESIDE_LOWER_CASE = """
    100..12E 132..136 139..147 14A..176 179..17D 182..184 187 18B 191 198 1A0..1A4 1A7 1AC 1AF 1B3..1B5 1B8 1BC 1C5
    1C8 1CB..1DB 1DE..1EE 1F2..1F4 1F8..21E 222..232 23B 241 246..24E 370..372 376 3D8..3EE 3F7 3FA 460..480 48A..4BE
    4C1..4CD 4D0..52E 1E00..1E94 1EA0..1EFE 2C60 2C67..2C6B 2C72 2C75
"""

# Grave and acute accents are typed for apostrophes; 91 and 92 are quotes of Windows-1252 that were read as Latin-1.
_APOSTROPHES = "27 60 91 92 B4 2BB 2BC 55A 5F3 2018 2019 201B 2032 FF07"
# Soft hyphens, joiners and directional marks are left out of words; until then the first stands for all.
_INVISIBLE = "AD 200C..200F 2060 FEFF"
_OF_TAGS = "A 2F 3C 3E"  # the end of a line / < >


def _ranges(text: str, step: int = 1) -> list[slice]:
    found = re.findall(r"(\w+)(?:\.\.(\w+))?", text)
    return [slice(int(first, 16), int(last or first, 16) + 1, step) for first, last in found]


WORDS_BY_THEMSELVES = _ranges(f"{_IDEOGRAPHS} {_SYMBOLS} {_EMOJI}")


def _characters() -> np.ndarray:
    codes = np.arange(0x10000)
    stand_for = np.full(len(codes), ord(" "), np.uint16)
    for part in (*_ranges(" ".join([*_KEPT.values(), _OF_TAGS])), *WORDS_BY_THEMSELVES):
        stand_for[part] = codes[part]
    for upper, shift in re.findall(r"(\S+)([+-]\w+)", _UPPER_CASE):
        (part,) = _ranges(upper)
        stand_for[part] = codes[part] + int(shift, 16)
    for part in _ranges(_UPPER_BESIDE_LOWER_CASE, step=2):
        stand_for[part] = codes[part] + 1
    for alike, character in ((_APOSTROPHES, "'"), (_INVISIBLE, "\xad")):
        for part in _ranges(alike):
            stand_for[part] = ord(character)
    return stand_for


# What stands for each code point, (65,536,) uint16. Beyond are words by themselves; all else there separates words.
CHARACTERS = _characters()

# HTML's, read before characters are; "&amp;lt;" is "<", too.
ENTITIES = (
    *(("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&apos;", "'")),
    ("&nbsp;", " "),
)
# One of HTML, in one line, so that "a<b" takes little of a text with it. Python and RE2 read this pattern alike.
TAG = "</?[a-z][^<>\n]*>"
# One after another. No character is a grave accent by now: it keeps the apostrophe of a contraction while those around
# words are taken away. What may follow another contraction comes first: "couldn't've".
REPLACEMENTS = (
    *(("\xad", ""), ("<", " "), (">", " "), ("/", " "), ("\n", " "), ("''", " "), ("' ", " ")),
    *((f"'{end} ", f" `{end} ") for end in ("ve", "ll", "d")),
    ("n't ", " n`t "),
    *((f"'{end} ", f" `{end} ") for end in ("m", "re", "s")),
    *((" '", " "), ("`", "'")),
)


class _Translation(dict):
    """What `str.translate` asks for a code point's characters; those that occur are remembered."""

    def __missing__(self, code):
        if any(part.start <= code < part.stop for part in WORDS_BY_THEMSELVES):
            return self.setdefault(code, f" {chr(code)} ")
        return self.setdefault(code, chr(CHARACTERS[code]) if code < len(CHARACTERS) else " ")


_TRANSLATION, _TAG = _Translation(), re.compile(TAG)


def words_of(text: str | bytes) -> list[str]:
    """The words of a text, as `zoo865.preprocessing` finds them in a graph.

    Words are runs of letters, digits and combining marks in lower case, with apostrophes inside. Contractions are split
    as in the Penn Treebank, since most published vectors are of such words: "do" "n't", "it" "'s". An ideograph or an
    emoji is a word by itself. HTML tags separate words. Lines are independent: a text has the words of its lines.

    Args:
        text: of any length, or its UTF-8 bytes; those that are not UTF-8 separate words.

    Returns:
        The words, in order.

    Example:
        >>> words_of("It's 5 o'clock<br />and they DON'T 'care' 😀!")
        ['it', "'s", '5', "o'clock", 'and', 'they', 'do', "n't", 'care', '😀']
    """
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    if "&" in text:
        for old, new in ENTITIES:
            text = text.replace(old, new)
    text = f" {text} ".translate(_TRANSLATION)
    if "<" in text:
        text = _TAG.sub(" ", text)
    for old, new in REPLACEMENTS:
        text = text.replace(old, new)
    return text.split()
