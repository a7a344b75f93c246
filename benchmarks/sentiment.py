"""How well sentiment_lstm tells good reviews from bad ones, beside linear models and keras.io's LSTM, and how fast.

    pip install 'zoo865[glove]' scikit-learn
    python benchmarks/sentiment.py                                            # GloVe and the peers
    python benchmarks/sentiment.py --vectors runs/word2vec-...                # also vectors of your own
    python benchmarks/sentiment.py --vectors runs/word2vec-... --language-model runs/lstm_language_model-...

Data: `imdb`, the same split for all: the training reviews, 2,500 validation reviews that choose the epoch or the
strength of a penalty, and the 25,000 test reviews, which are read once, by what was chosen.

Ways: "glove" and "own vectors", the recipe; "random", the same with random vectors; "glove, learned" and "random,
learned", where the vectors learn, too; "pretrained", `sentiment_lstm_pretrained` with vectors of your own, whose seeds
share one language model; "few", all of these on 1,000 training reviews, which are passed over more often. "tf-idf":
logistic regression on words and pairs of words (scikit-learn); "nb-svm": the same on their presence times the log ratio
of their counts in either class (Wang, Manning 2012). "keras.io": two bidirectional LSTMs of 64 over the last 200 words,
learned embeddings of 20,000 words, Adam, 2 epochs, as in
https://keras.io/examples/nlp/bidirectional_lstm_imdb/.

results/sentiment.json keeps what was measured; a way that is in it is not measured again.
"""

import argparse
import os
import tempfile
import time

from epoch_seconds import epoch_seconds
from interleave import RESULTS, THREADS, alone, save

os.environ |= dict.fromkeys(THREADS, "1") | {"TF_CPP_MIN_LOG_LEVEL": "3"}
RESULT = RESULTS / "sentiment.json"
FEW, FEW_EPOCHS = 1_000, 20  # reviews, and how often they are passed over
LEARNED = {"phases.train.train": ["*"]}
RANDOM = {"model_args.weights": None}
LINEAR = ("tf-idf", "nb-svm")
STRENGTHS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


def zoo(system: str, settings: dict, seed: int) -> dict:
    """A recipe with some settings: measures, CPU seconds of training and of its median epoch."""
    import zoo865

    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder, epoch_seconds() as clocks:
        run = zoo865.train(zoo865.get_recipe(system).override(settings), seed=seed, run_dir=f"{folder}/run")
        seconds = time.process_time() - began
        both = {"test": run.metrics["test"], "validation": run.metrics["validation"]}
        return {**both, "cpu": seconds, "epoch": sorted(clocks)[len(clocks) // 2]}


def texts_and_labels(few: bool) -> dict:
    """Split -> texts, labels."""
    import zoo865

    data = zoo865.load_data("imdb", **({"train_examples": FEW} if few else {}))
    return {
        name: tuple(data.split(name).arrays[key] for key in ("text", "label"))
        for name in ("train", "validation", "test")
    }


def linear(way: str, few: bool) -> dict:
    """Logistic regression on words and pairs of words."""
    import numpy as np
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    began = time.process_time()
    parts = texts_and_labels(few)
    pattern = {"ngram_range": (1, 2), "min_df": 1 if few else 3, "token_pattern": r"(?u)\b\w+(?:'\w+)?\b|[!?]"}
    if way == "tf-idf":
        seen = TfidfVectorizer(sublinear_tf=True, **pattern)
    else:
        seen = CountVectorizer(binary=True, dtype="float32", **pattern)
    features = {"train": seen.fit_transform(parts["train"][0])}
    features |= {name: seen.transform(parts[name][0]) for name in ("validation", "test")}
    labels = {name: part[1] for name, part in parts.items()}
    if way == "nb-svm":
        counts = [features["train"][labels["train"] == label].sum(0) + 1 for label in (0, 1)]
        ratio = sparse.diags(np.asarray(np.log(counts[1] / counts[1].sum() / (counts[0] / counts[0].sum()))).ravel())
        features = {name: (one @ ratio).tocsr() for name, one in features.items()}
    best = None
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, solver="liblinear").fit(features["train"], labels["train"])
        right = model.score(features["validation"], labels["validation"])
        if best is None or right > best[0]:
            best = right, strength, model
    validation, strength, model = best
    test = float(model.score(features["test"], labels["test"]))
    seconds = time.process_time() - began
    return {"test": {"accuracy": test}, "validation": {"accuracy": validation}, "C": strength, "cpu": seconds}


def numbered(split: str, **data_args) -> tuple:
    """The last 200 words of reviews as numbers below 20,000, padded in front as on keras.io's page; and labels."""
    import keras
    import numpy as np

    import zoo865
    from zoo865.data.features.text import UNKNOWN, numbers_by_word
    from zoo865.data.tokenizer import words_of

    data = zoo865.load_data("imdb", vocabulary_size=20_000 - 2, **data_args)
    examples = data.split(split).take(np.arange(len(data.split(split))))
    numbers = numbers_by_word(data.spec.inputs["text"].vocabulary)
    rows = [[numbers.get(word, UNKNOWN) for word in words_of(text)] for text in examples["text"]]
    return keras.utils.pad_sequences(rows, maxlen=200), examples["label"]


def keras_io_model():
    """keras.io's bidirectional LSTM, as its page has it."""
    import keras
    from keras import layers

    inputs = keras.Input(shape=(None,), dtype="int32")
    x = layers.Embedding(20_000, 128)(inputs)
    x = layers.Bidirectional(layers.LSTM(64, return_sequences=True))(x)
    x = layers.Bidirectional(layers.LSTM(64))(x)
    model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def keras_io(seed: int) -> dict:
    """That, on these words and this split."""
    import keras

    parts = {name: numbered(name) for name in ("train", "validation", "test")}
    keras.utils.set_random_seed(seed)
    model, clocks = keras_io_model(), []
    clock = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: clocks.append(time.process_time()),
        on_test_begin=lambda logs: clocks.append(time.process_time() - clocks.pop()),
    )
    began = time.process_time()
    model.fit(
        *parts["train"], batch_size=32, epochs=2, validation_data=parts["validation"], callbacks=[clock], verbose=0
    )
    seconds = time.process_time() - began
    validation, test = (model.evaluate(*parts[name], verbose=0)[1] for name in ("validation", "test"))
    both = {"test": {"accuracy": test}, "validation": {"accuracy": validation}}
    return {**both, "cpu": seconds, "epoch": clocks[-1]}


def main(vectors: str | None, language_model: str | None, seeds: list[int], only: list[str]):
    """Measures what is missing; writes results/sentiment.json after each."""
    from zoo865.files import read_json

    runs = read_json(RESULT)["runs"] if RESULT.is_file() else {}
    frozen: dict[str, dict] = {"glove": {}, "random": RANDOM}
    if vectors:
        from zoo865.exporting.vectors_out import find_vectors

        place, dimensions = find_vectors(vectors)
        frozen["own vectors"] = {"model_args.weights": place, "model_args.dimensions": dimensions}
    learned = {f"{way}, learned": frozen[way] | LEARNED for way in ("glove", "random")}
    ways = {way: ("sentiment_lstm", settings) for way, settings in (frozen | learned).items()}
    if language_model:
        ways["pretrained"] = "sentiment_lstm_pretrained", frozen["own vectors"] | {"init_from": language_model}
    wanted = [(f"{way}, seed {seed}", zoo, *ways[way], seed) for way in ways for seed in seeds]
    for way, (system, settings) in ways.items():
        few = settings | {"data_args.train_examples": FEW, "epochs": FEW_EPOCHS}
        wanted += [(f"few: {way}, seed {seed}", zoo, system, few, seed) for seed in seeds]
    wanted += [(way, linear, way, False) for way in LINEAR] + [(f"few: {way}", linear, way, True) for way in LINEAR]
    wanted += [(f"keras.io, seed {seed}", keras_io, seed) for seed in seeds]
    for name, *call in wanted:
        if name not in runs and (not only or any(name.startswith(one) for one in only)):
            runs[name] = alone(*call)
            save("sentiment", runs=runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--vectors", help="a run of word2vec or glove, or a file of word vectors")
    parser.add_argument("--language-model", help="a run of lstm_language_model")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", default=[], help="beginnings of ways: glove, few, tf-idf, keras.io, ...")
    given = parser.parse_args()
    if given.language_model and not given.vectors:
        parser.error("--language-model needs --vectors, those that it reads")
    main(given.vectors, given.language_model, given.seeds, given.only)
