"""Words: what is one, and that Python and TensorFlow find the same in any bytes."""
# ruff: noqa: RUF001 (characters that look like others are what this is about)

import unicodedata

import numpy as np
import pytest
import tensorflow as tf

from zoo865.data.tokenizer import CHARACTERS, words_of
from zoo865.preprocessing.text import words_in

CASES = {
    "": "",
    " \t\n...!?": "",
    "A good film!": "a good film",
    "well-known snake_case and/or": "well known snake case and or",
    "3.5 stars, 10/10, 1,000 £5": "3 5 stars 10 10 1 000 5",
    # contractions, as the Penn Treebank splits them
    "Don't, can't, WON'T": "do n't ca n't wo n't",
    "It's; we're; I've; he'll; she'd; I'm": "it 's we 're i 've he 'll she 'd i 'm",
    "I'd've couldn't've": "i 'd 've could n't 've",
    "the 80's": "the 80 's",
    "it 's n't": "it 's n't",
    "o'clock l'été y'all rock'n'roll": "o'clock l'été y'all rock'n'roll",
    "'hello' dogs' 'tis 'don't' (it's) \"it's\"": "hello dogs tis do n't it 's it 's",
    "''quoted'' ``quoted'' ' x ' '''": "quoted quoted x",
    "don’t don‘t don`t don´t don\x92t": "do n't do n't do n't do n't do n't",
    # HTML
    "one<br />two<BR>three</p>four<a href='x'>five": "one two three four five",
    "a < b > c <3 x<-y >.<": "a b c 3 x y",
    "a<b, in one line\nc>d": "a b in one line c d",
    "<a<b>c": "a c",
    "AT&amp;T &quot;x&quot; don&#39;t can&apos;t &lt;b&gt;y&nbsp;z &amp;lt;i&amp;gt;": "at t x do n't ca n't y z",
    "&copy; & &;": "copy",
    # alphabets
    "Crème BRÛLÉE, Straße STRASSE ẞ": "crème brûlée straße strasse ß",
    "İstanbul ISPARTA ΟΔΟΣ οδος": "istanbul isparta οδοσ οδος",
    "«Привет», мир... п'ять об’єкт": "привет мир п'ять об'єкт",
    "cafe\u0301 inter\u00adnational می\u200cخواهم": "cafe\u0301 international میخواهم",
    "हिन्दी, ภาษาไทย 한국어 カタカナー ひらがな。": "हिन्दी ภาษาไทย 한국어 カタカナー ひらがな",
    "你好, 世界 日本語です": "你 好 世 界 日 本 語 です",
    "nice👍🏽😀❤️ ★★☆ 👨‍👩‍👧": "nice 👍 😀 ❤ ★ ★ ☆ 👨 👩 👧",
    # what is not UTF-8: alone, overlong, half of a pair of surrogates, truncated
    b"a\xffb\xc0\xafc\xed\xa0\x80d\xf4\x90\x80\x80e\xe2\x82": "a b c d e",
    b"\xef\xbb\xbfbyte order\x00mark \xef\xbf\xbd": "byte order mark",
    "half \ud83d": "half",
}
FRAGMENTS = [
    *("'", "''", "`", "’", "´", "\x92", "n't", "'s", "'ve", "'d", " ", " ", "\n", "\0", "I", "It", "a", "Z", "7", "."),
    *("<", ">", "/", "</a", "<br />", "<b>", "&", ";", "&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&apos;", "&nbsp;"),
    *("İ", "Σ", "ς", "ſ", "ẞ", "é", "e\u0301", "Ā", "ā", "Ж", "א", "٣", "अ", "あ", "한", "中", "𠀀"),
    *("😀", "👍🏽", "❤\ufe0f"),
    *("\u200d", "\xad", "\u2028", "\x85", "\ufeff", "\ufffd", "\uffff", "Ａ"),
    *(b"\x80", b"\xff", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf"),
    *(b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf4\x90\x80\x80"),
]
LEADING_ON = [
    *("<a", "<", "</a ", "a", "'", "a'", "n't", "'s ", " '", "&", "&amp;", "&amp;lt;", "é", "中", " "),
    b"\xe2\x82",
]


@pytest.fixture(scope="module")
def in_a_graph():
    return tf.function(words_in, input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)


def assert_the_same(texts, in_a_graph):
    for text, found in zip(texts, in_a_graph(tf.constant(texts, tf.string)).to_list(), strict=True):
        assert words_of(text) == [word.decode() for word in found], text[:1000]


def encoded(text) -> bytes:
    return text if isinstance(text, bytes) else text.encode(errors="surrogatepass")


@pytest.mark.fast
@pytest.mark.parametrize("text", CASES)
def test_words(text):
    assert words_of(text) == CASES[text].split()
    assert words_of(encoded(text)) == CASES[text].split()


@pytest.mark.fast
def test_lower_case_is_pythons_where_it_is_one_character():
    kept = {code: chr(one) for code, one in enumerate(CHARACTERS) if chr(one) not in " '/<>\n\xad"}
    assert len(kept) > 40_000
    differing = {chr(code): one for code, one in kept.items() if chr(code).lower() != one}
    assert differing == {"İ": "i"}  # Python says "i̇", of two characters


@pytest.mark.fast
def test_letters_and_digits_are_kept_and_punctuation_is_not():
    """As Unicode sorts them: of Latin to Arabic all letters; of no alphabet a mark of punctuation or a blank."""
    for code, one in enumerate(CHARACTERS):
        category = unicodedata.category(chr(code))
        if code < 0x700 and (category[0] == "L" or category == "Nd"):
            assert chr(one) != " ", hex(code)
        if category[0] in "PZC" and category != "Cn":
            assert chr(one) in " '/<>\n\xad", hex(code)


@pytest.mark.fast
def test_the_graph_finds_the_same_of_every_character(in_a_graph):
    """One in each line, between letters: lines are independent."""
    lines = [f"a{chr(code)}b".encode(errors="surrogatepass") for code in range(0x20000)]
    (found,) = in_a_graph(tf.constant([b"\n".join(lines)])).to_list()
    expected = words_of(b"\n".join(lines))
    assert expected == [word.decode() for word in found]
    assert expected == [word for line in lines for word in words_of(line)]


@pytest.mark.fast
def test_the_graph_finds_the_same_of_10_000_random_bytes(in_a_graph):
    random = np.random.default_rng(0)
    fragments = [encoded(fragment) for fragment in FRAGMENTS]

    def characters(below):
        return "".join(map(chr, random.integers(0, below, random.integers(60)))).encode(errors="surrogatepass")

    def mixed():
        return b"".join(fragments[place] for place in random.integers(0, len(fragments), random.integers(60)))

    def damaged():
        text = bytearray(mixed() + b" ")
        text[random.integers(len(text))] = random.integers(256)
        return bytes(text)

    kinds = [lambda: random.bytes(random.integers(60)), lambda: characters(0x3000), lambda: characters(0x110000)]
    assert_the_same([make() for _ in range(2000) for make in (*kinds, mixed, damaged)], in_a_graph)


@pytest.mark.fast
@pytest.mark.parametrize("part", LEADING_ON)
def test_a_megabyte_that_leads_patterns_on(part, in_a_graph):
    part = encoded(part)
    assert_the_same([part * (1_000_000 // len(part)), b"<a " + part * (1_000_000 // len(part))], in_a_graph)


def test_a_saved_model_finds_them_in_any_batch(tmp_path, in_a_graph):
    module = tf.Module()
    module.words = tf.function(lambda texts: words_in(texts).to_tensor(), input_signature=in_a_graph.input_signature)
    tf.saved_model.save(module, tmp_path)
    saved = tf.saved_model.load(tmp_path)
    texts = [encoded(text) for text in CASES]
    for batch in (texts, texts[2:3], [], [b""]):
        found = saved.words(tf.constant(batch, tf.string, [len(batch)])).numpy()
        assert len(found) == len(batch)
        for text, row in zip(batch, found, strict=True):
            assert [word.decode() for word in row if word] == words_of(text)


@pytest.mark.slow
def test_the_graph_finds_the_same_of_imdbs_100_000_reviews(in_a_graph):
    """Prepared by TensorFlow Datasets before."""
    import tensorflow_datasets as tfds

    try:
        reviews = tfds.load("imdb_reviews", split="train+test+unsupervised", download=False)
    except Exception as missing:  # TFDS raises several kinds, AssertionError and its own among them
        pytest.skip(f"imdb_reviews is not prepared: {missing}")
    count = 0
    for batch in tfds.as_numpy(reviews.batch(500)):
        assert_the_same(batch["text"].tolist(), in_a_graph)
        count += len(batch["text"])
    assert count == 100_000
