"""`zoo865 look` at a text: every word is on the page with its part, whatever it is; the command line says the same."""

import json
import re
import sys
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest
from browser import CHROMIUM, ask
from texts import LENGTH, SAYS, trained

import zoo865
from zoo865.reporting.look_text import METHODS, strongest
from zoo865.reporting.page import page_of

TEXT = "A lovely film, isn't it?<br />But the script: BAD & dull <i>5 > 3</i> \u2014 good!"
WORDS = ["A", "lovely", "film", "is", "n't", "it", "But", "the", "script", "BAD", "dull", "5", "3", "good"]


@pytest.fixture(scope="module")
def run():
    return trained()


@pytest.fixture
def looked(run, tmp_path, monkeypatch):
    """text -> what `look` finds, and what its page shows."""
    monkeypatch.setattr("zoo865.reporting.look.find_trained", lambda name: run)
    monkeypatch.chdir(tmp_path)

    def call(text):
        found = zoo865.look("reader", text)
        return found, Shown((tmp_path / "look.html").read_text())

    return call


class Shown(HTMLParser):
    """The text of a page's paragraph of words, and its words with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.page, self.inside, self.text, self.words = page, False, "", []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.inside = named.get("id") == "words" if tag == "p" else self.inside
        if self.inside and tag == "span":
            self.words.append([named, ""])

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "p"

    def handle_data(self, data):
        if self.inside:
            self.text += data
            if self.words:
                self.words[-1][1] += data


def test_every_word_is_on_the_page_with_its_part(looked):
    found, shown = looked(TEXT)
    words = [(found["text"][word["start"] : word["end"]], word) for word in found["words"]]
    assert [word for word, _ in words] == WORDS
    for written, word in words:
        says = SAYS.get(written.lower(), 0.0)
        assert word["known"] == (written.lower() in SAYS)
        assert word["integrated_gradients"] == pytest.approx(says, abs=1e-5)
        assert word["occlusion"] == pytest.approx(says, abs=1e-5)
    total = sum(SAYS.get(word.lower(), 0.0) for word in WORDS)
    assert found["label"] == "pos"
    assert found["answers"]["pos"] == pytest.approx(1 / (1 + np.exp(-2 * total)), rel=1e-5)
    assert list(found["answers"]) == ["pos", "neg"]

    assert shown.text == TEXT.replace("<br />", "\n")
    assert [text[: len(word)] for word, (_, text) in zip(WORDS, shown.words, strict=False)] == WORDS
    for word, (attributes, _) in zip(WORDS, shown.words, strict=False):
        says = SAYS.get(word.lower(), 0.0)
        assert float(re.search(r"--share: ([\d.]+)", attributes["style"])[1]) == pytest.approx(
            abs(says) / 1.5, abs=0.01
        )
        assert ("for" in attributes["class"].split()) == (says > 0)
        assert ("unknown" in attributes["class"].split()) == (word.lower() not in SAYS)
        assert float(attributes["title"].replace("\u2212", "-")) == pytest.approx(says, abs=1e-3)


def test_the_strongest_words(looked):
    found, shown = looked(TEXT)
    most = [row["word"] for row in strongest(found, "occlusion")]
    assert most[0] == "good"
    assert sorted(most[1:]) == ["bad", "dull", "lovely"]
    (row,) = strongest(looked("Good film, GOOD film")[0], "integrated_gradients")
    assert (row["word"], row["times"]) == ("good", 2)
    assert row["integrated_gradients"] == pytest.approx(3)
    assert shown.page.count('<td class="short">lovely</td>') == 2  # a table for each method


def test_a_text_is_no_html(looked):
    text = 'good</span><script>alert("1")</script> <img src=x onerror=alert(1)> & </p>bad "film" \u2028'
    _, shown = looked(text)
    assert shown.text == text
    assert shown.page.count("<script>") == 1
    assert "<img" not in shown.page


def test_without_words(looked):
    for text in ("", " ... "):
        found, shown = looked(text)
        assert (found["words"], found["notes"]) == ([], ["no words"])
        assert shown.text == text
        assert found["answers"] == {"neg": 0.5, "pos": 0.5}
        assert "No word has any." in shown.page


def test_only_unknown_words(looked):
    found, shown = looked("Quux, quuux.")
    assert [word["integrated_gradients"] for word in found["words"]] == [0, 0]
    assert not strongest(found, "integrated_gradients")
    assert found["notes"] == ["2 of 2 words not in the vocabulary"]
    assert len(shown.words) == 3  # the last one is what follows


def test_a_long_text_is_cut_and_shown_whole(looked):
    text = "the good film " * 1700
    found, shown = looked(text)
    assert len(found["words"]) == LENGTH
    assert found["notes"] == [f"only the first {LENGTH} of 5,100 words are read"]
    assert shown.text == text
    assert sum(word["integrated_gradients"] for word in found["words"]) == pytest.approx(13 * 1.5, rel=1e-4)


PROBE = """
const [first, second] = document.querySelectorAll("#methods button");
const tables = [...document.querySelectorAll(".method")];
const word = document.querySelectorAll("[data-place]")[2], state = () => [first, second].map(one => one.ariaPressed);
const found = [state(), tables.map(one => one.hidden), word.title];
second.click();
word.click();
return [...found, state(), tables.map(one => one.hidden), word.title, word.className, told.textContent];
"""


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
def test_methods_can_be_switched_and_words_tapped(looked, tmp_path, monkeypatch):
    monkeypatch.setitem(METHODS, "occlusion", lambda model, tokens, label: np.full(tokens.shape, -0.25))
    looked("a good film")
    for found in ask(tmp_path, tmp_path / "look.html", PROBE, (375,)):
        assert found[:3] == [["true", "false"], [False, True], "+0.000"]
        assert found[3:7] == [["false", "true"], [True, False], "\u22120.250", "against"]
        assert found[7] == "film: integrated gradients +0.000, occlusion \u22120.250"


def test_long_cells_fold():
    text = "It was long & winding. " * 30
    method = {"name": "occlusion", "sum": 0, "strongest": {"word": [text, "short"]}}
    found = {"answers": {}, "notes": [], "words": [], "label": "pos"}
    page = page_of("look_text.html.jinja", found=found, page={"methods": [method]})
    start, rest = re.search(r"<summary>(.*?) \u2026</summary>(.*?)</details>", page).groups()
    assert unescape(start + rest) == text
    assert len(start) < 180
    assert page.count("<details>") == 1


def test_a_file(looked, tmp_path):
    (tmp_path / "review.txt").write_text("A bad film")
    found, _ = looked("review.txt")
    assert (found["text"], found["label"], found["notes"]) == ("A bad film", "neg", ["read from review.txt"])


def test_command(zoo, run, monkeypatch, tmp_path):
    monkeypatch.setattr("zoo865.reporting.look.find_trained", lambda name: run)
    code, out, err = zoo("look", "reader", TEXT, "--json")
    assert code == 0, err
    assert [word["start"] for word in json.loads(out)["words"]][:2] == [0, 2]
    code, out, err = zoo("look", "reader", TEXT)
    assert code == 0, err
    assert re.search(r"^good +1 +\+1\.500 +\+1\.500 *$", out, re.MULTILINE)
    assert re.search(r"^bad +1 +-1\.000 +-1\.000 *$", out, re.MULTILINE)
    assert "note    6 of 14 words not in the vocabulary" in out
    assert "\x1b" not in out
    for arguments in (["--layer", "logits"], ["--examples", 5]):
        code, _, err = zoo("look", "reader", TEXT, *arguments)
        assert code == 2
        assert "are shown of pictures, not of texts" in err


def test_in_a_terminal_words_are_coloured(zoo, run, monkeypatch):
    monkeypatch.setattr("zoo865.reporting.look.find_trained", lambda name: run)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    _, out, _ = zoo("look", "reader", "a good\x1b[5m [red]film[/red] bad")
    coloured = re.findall(r"\x1b\[38;2;0;0;0;48;2;(\d+;\d+;\d+)m(.*?)\x1b\[0m", out)
    assert coloured[0] == ("92;164;226", "good")
    assert coloured[1][1] == "bad"
    assert "[red]" in out
    assert "\x1b[5m" not in out
    monkeypatch.delenv("COLORTERM")
    monkeypatch.setenv("TERM", "xterm")
    _, out, _ = zoo("look", "reader", "a good film bad")
    assert re.findall(r"\x1b\[30;(\d+)m(.*?)\x1b\[0m", out)[:2] == [("46", "good"), ("43", "bad")]


def luminance(colour):
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in np.array(colour) / 255]
    return np.dot([0.2126, 0.7152, 0.0722], linear)


def contrast(one, other):
    """By WCAG 2."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.fast
def test_letters_can_be_read_on_every_ground():
    page = page_of("look_text.html.jinja", found={"answers": {}, "notes": [], "words": []}, page={"methods": []})
    text, card = (re.findall(rf"--{name}: #(\w+)", page) for name in ("text", "card"))
    letters, cards = ([np.array([*bytes.fromhex(one * (6 // len(one)))]) for one in each] for each in (text, card))
    for side in ("for", "against"):
        full = np.array(re.findall(rf"--{side}: (\d+) (\d+) (\d+)", page), float)
        for letter, below, ground in zip(letters, cards, full, strict=True):  # light, dark
            for share in np.linspace(0, 1, 11):
                assert contrast(letter, share * ground + (1 - share) * below) > 4.5
            assert contrast(ground, below) > 1.5  # full colour is seen
