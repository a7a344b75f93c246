"""Word vectors of one corpus by four methods, beside gensim: how good, and how many words a CPU second.

    pip install gensim
    python benchmarks/word_vectors.py

Corpus: IMDb's unlabelled reviews, the training texts of `imdb_unlabelled`; 100 dimensions; word2vec with windows of 5,
5 negatives, 2 epochs, one thread. Both word2vecs are chosen
among equally many settings: the learning rate (0.025, 0.05, 0.1 of gensim's; 0.05, 0.075, 0.1 of the zoo's) and the
sub-sampling (1e-3, 1e-4), by every second pair of WordSim-353 and of SimLex-999, which gensim ships: the mean of both
correlations, seed 0. Reported are the other pairs, over seeds. Words are counted as the text has them, before
sub-sampling; seconds are those of training alone, without reading and counting the text.

results/word_vectors.json keeps what was measured; a setting that is in it is not measured again.
"""

import argparse
import os
import time
from pathlib import Path

from epoch_seconds import epoch_seconds
from interleave import RESULTS, THREADS, save

os.environ |= dict.fromkeys(THREADS, "1") | {"TF_CPP_MIN_LOG_LEVEL": "3"}
RESULT = RESULTS / "word_vectors.json"
EPOCHS, DIMENSIONS = 2, 100
RATES = {"gensim": (0.025, 0.05, 0.1), "zoo": (0.05, 0.1, 0.075)}
SUBSAMPLES = (1e-3, 1e-4)


def corpus():
    """The data, and its texts as lists of words that are known."""
    import zoo865
    from zoo865.data.tokenizer import words_of

    data = zoo865.load_data("imdb_unlabelled", vocabulary_size=50_000, min_count=5)
    known = set(data.spec.inputs["text"].vocabulary)
    return data, [[w for w in words_of(text) if w in known] for text in data.train.arrays["text"]]


def by_gensim(data, texts, rate: float, subsample: float, seed: int) -> dict:
    """gensim's skip-gram with one worker."""
    import numpy as np
    from gensim.models import Word2Vec

    assert max(map(len, texts)) <= 10_000  # beyond, gensim leaves words out
    settings = {"vector_size": DIMENSIONS, "window": 5, "negative": 5, "sg": 1, "hs": 0, "min_count": 1, "workers": 1}
    model = Word2Vec(**settings, sample=subsample, alpha=rate, seed=seed, epochs=EPOCHS)
    model.build_vocab(texts)
    began = time.process_time()
    model.train(texts, total_examples=len(texts), epochs=EPOCHS)
    seconds = time.process_time() - began
    vectors = np.array([model.wv[word] for word in data.spec.inputs["text"].vocabulary])
    return {"vectors": np.concatenate([np.zeros((2, DIMENSIONS)), vectors]), "seconds": seconds}


def by_zoo(data, texts, rate: float, subsample: float, seed: int) -> dict:
    """`zoo865 train word2vec`; seconds of its epochs, without measuring."""
    import tempfile

    import zoo865
    from zoo865.training import loop

    settings = {"epochs": EPOCHS, "phases.train.optimizer.learning_rate": rate, "batches.subsample": subsample}
    loop.load = lambda recipe: data
    with tempfile.TemporaryDirectory() as folder, epoch_seconds() as clocks:
        recipe = zoo865.get_recipe("word2vec").override(settings)
        run = zoo865.train(recipe, seed=seed, run_dir=f"{folder}/run")
        return {"vectors": run.model.vectors, "seconds": sum(clocks)}


def by_glove(data, texts, seed: int) -> dict:
    """`zoo865 train glove`."""
    import tempfile

    import zoo865
    from zoo865.training import loop

    loop.load = lambda recipe: data
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        run = zoo865.train("glove", seed=seed, run_dir=f"{folder}/run")
        return {"vectors": run.model.vectors, "seconds": time.process_time() - began}


def by_svd(data, texts, seed: int) -> dict:
    """A singular value decomposition of positive pointwise mutual information (Levy, Goldberg, Dagan 2015)."""
    from zoo865.data.cooccurrence import cooccurrence
    from zoo865.data.word_stream import word_stream
    from zoo865.metrics.mutual_information import ppmi_svd

    began = time.process_time()
    stream = word_stream(data.train, data.spec, gap=5)
    counts = cooccurrence(stream, data.spec.inputs["text"].vocabulary_size, window=5, weighting="linear")
    vectors = ppmi_svd(counts, DIMENSIONS)
    return {"vectors": vectors, "seconds": time.process_time() - began}


def halves(folder: Path) -> dict[str, Path]:
    """WordSim-353 and SimLex-999, every second pair to choose by, the others to report."""
    from gensim.test.utils import datapath

    found = {}
    for name, file in (("WordSim-353", "wordsim353.tsv"), ("SimLex-999", "simlex999.txt")):
        lines = Path(datapath(file)).read_text().splitlines(keepends=True)
        pairs = [line for line in lines if not line.startswith("#")]
        for part, some in (("chosen by", pairs[::2]), ("reported", pairs[1::2])):
            found[f"{name}, {part}"] = folder / f"{name} {part}.tsv"
            found[f"{name}, {part}"].write_text("".join(some))
    return found


def judged(data, found: dict, texts) -> dict:
    """Correlations, and words a CPU second."""
    import tempfile

    from gensim.test.utils import datapath

    from zoo865.metrics.word_similarity import analogy_accuracy, similarity_correlation
    from zoo865.tasks.word_vectors import numbers_of

    numbers, vectors = numbers_of(data.spec), found["vectors"]
    with tempfile.TemporaryDirectory() as folder:
        measures = {
            name: similarity_correlation(vectors, numbers, file)[0] for name, file in halves(Path(folder)).items()
        }
    measures["analogies"] = analogy_accuracy(vectors, numbers, datapath("questions-words.txt"))[0]
    seconds = found["seconds"]
    return {**measures, "cpu_seconds": seconds, "words_per_cpu_second": EPOCHS * sum(map(len, texts)) / seconds}


def main(seeds: list[int], only: list[str]):
    """Measures what is missing; writes results/word_vectors.json after each."""
    from zoo865.files import read_json

    runs = read_json(RESULT)["runs"] if RESULT.is_file() else {}
    data, texts = corpus()

    def measure(name, way, *arguments):
        if name not in runs and (not only or name.split(",")[0] in only):
            runs[name] = judged(data, way(data, texts, *arguments), texts)
            save("word_vectors", runs=runs, reported=reported(runs))

    ways = {"gensim": by_gensim, "zoo": by_zoo}
    for rate in range(3):  # in turns, so that what else the machine does hits both alike
        for sub in SUBSAMPLES:
            for way, function in ways.items():
                measure(_name(way, RATES[way][rate], sub, 0), function, RATES[way][rate], sub, 0)
    for seed in seeds:
        for way, function in ways.items():
            setting = chosen(runs, way)
            measure(_name(way, *setting, seed), function, *setting, seed)
    measure("glove, seed 0", by_glove, 0)
    measure("singular value decomposition", by_svd, 0)


def reported(runs: dict) -> dict[str, list[str]]:
    """The runs of each way that its row of a table is of: all seeds of the setting that was chosen."""
    found = {way: [f"{way}, seed 0" if way == "glove" else way] for way in ("glove", "singular value decomposition")}
    found = {way: [run for run in names if run in runs] for way, names in found.items()}
    for way in RATES:
        if all(_name(way, rate, sub, 0) in runs for rate in RATES[way] for sub in SUBSAMPLES):
            setting = _name(way, *chosen(runs, way), 0).removesuffix("0")
            found[way] = [run for run in runs if run.startswith(setting)]
    return found


def chosen(runs: dict, way: str) -> tuple[float, float]:
    """The learning rate and sub-sampling of the best vectors of seed 0, by the pairs to choose by."""

    def quality(setting):
        found = runs[_name(way, *setting, 0)]
        return found["WordSim-353, chosen by"] + found["SimLex-999, chosen by"]

    return max(((rate, sub) for rate in RATES[way] for sub in SUBSAMPLES), key=quality)


def _name(way: str, rate: float, subsample: float, seed: int) -> str:
    return f"{way}, rate {rate:g}, sub-sampling {subsample:g}, seed {seed}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", default=[], help="gensim, zoo, glove, singular value decomposition")
    given = parser.parse_args()
    main(given.seeds, given.only)
