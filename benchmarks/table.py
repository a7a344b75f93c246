"""The README's tables of benchmarks, from results/*.json.

python benchmarks/table.py     # writes them into README.md
"""

import re
import statistics
from pathlib import Path

from interleave import RESULTS

from zoo865.files import read_json, write_text

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"(<!-- benchmarks/table.py (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def times(found: dict, digits: int = 2) -> str:
    """A ratio's median with its range."""
    return f"{found['median']:.{digits}f} ({found['low']:.{digits}f} to {found['high']:.{digits}f})"


RATIOS = {
    "training_speed": {
        "Training, float32: time of `zoo865 train` / of a bare Keras `fit`": "zoo865 float32 / keras fit float32",
        "The same with Keras' batch normalisation: float32 / `--precision auto`": "zoo865 float32 / zoo865 auto",
        "The same with the zoo's: float32 / `--precision auto`": "zoo865 float32, fused / zoo865 auto, fused",
        "Training: time of a bare float32 `fit` / of `auto` with the zoo's": "keras fit float32 / zoo865 auto, fused",
        "Training, bfloat16: time of `zoo865 train` / of PyTorch, eager": "zoo865 auto, fused / pytorch bfloat16",
        "Training, float32: time of `zoo865 train` / of PyTorch, eager": "zoo865 float32, fused / pytorch float32",
    },
    "freed_memory": {
        f"Training `{system}`: time where freed memory is given back / kept": f"{system}, given back / {system}, kept"
        for system in ("mnist_cnn", "sentiment_lstm")
    },
    "gradient_flow": {
        f"Training `{system}`: time where gradients are watched / not": f"{system}, watched / {system}, not watched"
        for system in ("mnist_cnn", "sentiment_lstm")
    },
    "time_to_accuracy": {
        "Until 99 % of MNIST's test is right: time of the keras.io recipe / of `mnist_fast`": "keras.io / mnist_fast",
    },
    "agent_speed": {
        "An agent, a gradient step for 4 steps: time of stable-baselines3 / of `zoo865`": "stable-baselines3 / zoo865",
        "The same: time of the loop of TF-Agents' tutorial / of `zoo865`": "tutorial / zoo865",
    },
    "time_to_return": {
        "Until CartPole's return is 475: time of stable-baselines3 / of `dqn_cartpole`": "stable-baselines3 / zoo865",
    },
    "gan_speed": {
        "Both players of `dcgan`: time of a loop written by hand / of `fit`": "by hand / fit",
    },
    "sampling_speed": {
        "64 images of `pixelcnn`: time of the whole network for each pixel / of what is new": "whole network / cached",
    },
    "grad_cam_speed": {
        "Grad-CAM of 64 photos: time of tf-keras-vis / of `grad_cam`": "tf-keras-vis, batch / zoo865, batch",
        "The same one by one": "tf-keras-vis, one by one / zoo865, one by one",
    },
    "landscape": {
        "`mnist_cnn`'s loss of 500 images at 625 places: time of `explain landscape` / of the bare forward passes": (
            "surface / forward passes"
        ),
    },
    "sentiment_speed": {
        "4,992 reviews: time of keras.io's bidirectional LSTM / of `sentiment_lstm`": "keras.io / zoo",
    },
    "metric_learning_speed": {
        f"{name} of 512 vectors: time of pytorch-metric-learning / of `MetricLearning`": f"peer {loss} / zoo {loss}"
        for name, loss in {
            "Contrastive loss": "contrastive",
            "Batch-hard triplets": "batch_hard",
            "Semi-hard triplets": "semi_hard",
            "Supervised contrastive loss": "supervised_contrastive",
        }.items()
    },
    "nearest_speed": {
        "The 5 nearest of 100,000 vectors: time of `nearest` / of a product of matrices": "gallery 1 / product 1",
        "The same for 100 queries together": "gallery 100 / product 100",
    },
    "cold_start": {
        "The whole of `zoo865 predict`, one digit: time of 0c3cbb3 / of this": "predict before / predict now",
        "The whole of `zoo865 predict`, 1,000 digits": "1,000 digits before / 1,000 digits now",
        "The whole of `zoo865 generate vae`": "generate before / generate now",
        "The whole of `zoo865 generate pixelcnn --count 1`": "generate pixelcnn before / generate pixelcnn now",
        "The whole of `zoo865 play dqn_cartpole`": "play before / play now",
        "The whole of `zoo865 evaluate mnist_cnn --data`, 200 digits": "evaluate before / evaluate now",
        "A fresh Python process: `Predictor`'s first answer": "Predictor before / Predictor now",
    },
    "inference_speed": {
        "One answer: time of `model.predict` / of `Predictor.predict`": "model.predict 1 / Predictor.predict 1",
        "One answer: time of `model.predict` / of the same, ONNX": "model.predict 1 / Predictor.predict onnx 1",
        "64 answers: time of `Predictor.run` / of ONNX Runtime": "Predictor.run 64 / ONNX Runtime 64",
        "64 answers: time of the same, ONNX / of ONNX Runtime": "Predictor.run onnx 64 / ONNX Runtime 64",
        "One answer: time of `Predictor.run`, ONNX / of ONNX Runtime": "Predictor.run onnx 1 / ONNX Runtime 1",
    },
}


PHOTOS = {
    "zoo": "`mobilenet_v2`",
    "linear": "logistic regression on its frozen features",
    "scratch": "the same network from random weights",
}


WORDS = {
    "zoo": "`word2vec`, 2 epochs",
    "gensim": "gensim's word2vec, 2 epochs",
    "glove": "`glove`",
    "singular value decomposition": "singular value decomposition of positive PMI",
}
SETTINGS = ("zoo", "gensim")  # ways that go through the text word by word


WAYS = {
    "zoo": "`dcgan_mnist`",
    "plain": "a plain DCGAN, for as many CPU seconds",
    "zoo, equal epochs": "`dcgan_mnist`, for as many epochs as that",
}


def ratios() -> str:
    """What is compared, in CPU seconds, in wall seconds, on what, the command."""
    lines = []
    for benchmark, names in RATIOS.items():
        result = read_json(RESULTS / f"{benchmark}.json")
        if not all(result.get("reached", {}).values()):
            raise SystemExit(f"not every seed reached {result['target']}: {result['reached']}")
        for what, name in names.items():
            both = result["ratios"][name]
            lines.append((what, times(both["cpu"]), times(both["wall"]), machine(result), f"`{result['command']}`"))
    finetune = read_json(RESULTS / "finetune.json")
    for name, run in finetune["runs"].items():
        if name.startswith("race, "):
            both = run["ratios"]["plain Keras / zoo"]
            folder, size = name.removeprefix("race, ").removesuffix(" px").split(", ")
            command = f"`python benchmarks/finetune.py --photos {folder} --weights FILE --size {size} --race`"
            what = f"Until a plain fine-tune's best validation accuracy ({folder}): its time / of `mobilenet_v2`"
            once = [f"{both[clock]['median']:.2f} (one run)" for clock in ("cpu", "wall")]
            lines.append((what, *once, machine(finetune), command))
    return markdown(("ratio", "CPU seconds", "wall seconds", "threads", "with"), lines)


def machine(result: dict) -> str:
    """How many threads each way had, of which processor."""
    return f"{result['threads']}, {'Xeon' if 'Xeon' in result['hardware']['processor'] else 'EPYC'}"


def drawing() -> str:
    """How good new digits of each way are, and what they cost."""
    lines = []
    for way, found in read_json(RESULTS / "plain_dcgan.json")["summary"].items():
        floors = [fid / floor for fid, floor in zip(found["fid"], found["fid_floor"], strict=True)]
        classes = f"{min(found['min_class_share']):.1%} to {max(found['max_class_share']):.1%}"
        values = (
            spread(found["fid"], "{:.3f}"),
            spread(floors, "{:.1f}"),
            spread(found["confident_share"], "{:.1%}"),
            classes,
        )
        cost = (spread(found["epochs"], "{:.0f}"), spread([s / 60 for s in found["cpu_seconds"]], "{:.0f}"))
        lines.append((WAYS[way], str(len(floors)), *values, *cost))
    first = (
        "new digits of",
        "seeds",
        "distance",
        "in floors",
        "surely read",
        "share of a digit",
        "epochs",
        "CPU minutes",
    )
    return markdown(first, sorted(lines, key=lambda line: list(WAYS.values()).index(line[0])))


def photos() -> str:
    """How well photos are told apart, a row for each folder, size and way."""
    found = {}
    for name, run in read_json(RESULTS / "finetune.json")["runs"].items():
        way, folder, size, *seed = name.split(", ")
        if seed:  # not the race
            found.setdefault((folder, size.removesuffix(" px"), PHOTOS[way]), []).append(run)
    lines = []
    for row, runs in sorted(found.items(), key=lambda item: (item[0][:2], list(PHOTOS.values()).index(item[0][2]))):
        ends = [statistics.fmean(run["test"][f"accuracy_{end}"] for run in runs) for end in ("low", "high")]
        accuracy = spread([run["test"]["accuracy"] for run in runs], "{:.1%}")
        seconds = f"{statistics.median(run['cpu'] for run in runs):,.0f}" if "cpu" in runs[0] else ""
        lines.append((*row, str(len(runs)), accuracy, "{:.1%} to {:.1%}".format(*ends), seconds))
    return markdown(("photos", "pixels", "way", "seeds", "accuracy", "interval", "CPU seconds"), lines)


def words() -> str:
    """How well word vectors of one corpus agree with people, and how fast they are learned, a row a way."""
    found = read_json(RESULTS / "word_vectors.json")
    runs, lines = found["runs"], []
    for way, name in WORDS.items():
        rows = [runs[run] for run in found["reported"][way]]
        measures = ("WordSim-353, reported", "SimLex-999, reported", "analogies")
        values = [spread([row[measure] for row in rows], "{:.3f}") for measure in measures]
        speed = spread([row["words_per_cpu_second"] / 1000 for row in rows], "{:.0f}") if way in SETTINGS else ""
        seconds = f"{statistics.median(row['cpu_seconds'] for row in rows):.0f}"
        lines.append((name, str(len(rows)), *values, speed, seconds))
    first = ("way", "seeds", "WordSim-353", "SimLex-999", "analogies", "thousand words a CPU second", "CPU seconds")
    return markdown(first, lines)


TEXTS = {
    "glove": "`sentiment_lstm`: GloVe's vectors, frozen",
    "glove, learned": "the same, vectors learned, too",
    "random": "random vectors, frozen",
    "random, learned": "random vectors, learned, too",
    "own vectors": "`--vectors` of `word2vec`, frozen",
    "pretrained": "`sentiment_lstm_pretrained`, the same vectors",
    "keras.io": "keras.io's bidirectional LSTM",
    "tf-idf": "logistic regression of words and pairs",
    "nb-svm": "NB-SVM of words and pairs",
}


def texts() -> str:
    """How many reviews are told right, of a test that is read once, by all labels and by few; a row a way."""
    runs, lines = read_json(RESULTS / "sentiment.json")["runs"], []
    for way, name in TEXTS.items():
        all_labels, few = (
            [run for key, run in runs.items() if key.split(", seed ")[0] == start + way] for start in ("", "few: ")
        )
        accuracies = [
            spread([run["test"]["accuracy"] for run in found], "{:.1%}") if found else "" for found in (all_labels, few)
        ]
        seconds = f"{statistics.median(run['cpu'] for run in all_labels):,.0f}"
        lines.append((name, str(len(all_labels)), *accuracies, seconds))
    return markdown(("way", "seeds", "all 22,281 labels", "1,000 labels", "CPU seconds"), lines)


PAIRS = {
    "pairs": "contrastive loss of 128 pairs, two towers",
    "batch": "contrastive loss of all pairs of 64 classes with 4 each",
    "supervised contrastive": "supervised contrastive loss of the same batches",
}


def pairs() -> str:
    """How many queries of held-out alphabets are not recognised after equal CPU seconds, a row a way."""
    runs, lines = read_json(RESULTS / "two_towers.json")["runs"], []
    for way, name in PAIRS.items():
        found = [errors for key, errors in runs.items() if key.split(", seed ")[0] == way]
        values = [spread([errors[budget] for errors in found], "{:.1%}") for budget in ("120", "300")]
        lines.append((name, str(len(found)), *values))
    return markdown(("256 drawings a step, as", "seeds", "wrong after 2 CPU minutes", "after 5"), lines)


UNLABELLED = {
    "simclr": "`simclr`: linear probe, 1,000 labels",
    "untrained": "the same network, untrained",
    "pixels": "pixels",
    **{
        f"{way}, {labels} labels": f"{name}, {int(labels):,} labels"
        for labels in ("1000", "100")
        for way, name in (("fine-tuned", "`fashion_cnn` from `simclr`"), ("scratch", "`fashion_cnn` from scratch"))
    },
}


def unlabelled() -> str:
    """What is right of the test pictures with few labels, a row a way, two columns the data."""
    runs, lines = read_json(RESULTS / "simclr.json")["runs"], []
    for way, name in UNLABELLED.items():
        found = [
            [run for key, run in runs.items() if key.split(", seed ")[0] == f"{way}, {data}"]
            for data in ("fashion_mnist", "mnist")
        ]
        if not any(found):  # not measured yet
            continue
        accuracies = [spread([run["test"]["accuracy"] for run in one], "{:.1%}") if one else "" for one in found]
        seconds = [run["cpu"] for one in found for run in one if "cpu" in run]
        cost = f"{statistics.median(seconds):,.0f}" if seconds else ""
        counts = dict.fromkeys(str(len(one)) for one in found if one)
        lines.append((name, " and ".join(counts), *accuracies, cost))
    return markdown(("way", "seeds", "Fashion-MNIST", "MNIST", "CPU seconds"), lines)


GAMES = {"alphazero_connect4/2": "an hour"}  # of training; of all others half an hour
POSITIONS = {"unforced": "8 stones", "random": "random games"}
MATCHES = ((100, 100), (500, 500), (100, 1000))


def _of_games(begins: str) -> dict[str, list]:
    """What was found of networks, by how long they were trained."""
    found = {}
    for key, one in read_json(RESULTS / "game_strength.json")["found"].items():
        way, _, name = key.rpartition(", ")
        if way == begins and "rollouts" not in name:
            found.setdefault(GAMES.get(name, "half an hour"), []).append(one)
    return found


def game_moves() -> str:
    """Which moves keep what a position is worth, and who is told to win; a row a player, a pair of columns a kind."""
    exams = read_json(RESULTS / "game_strength.json")["found"]
    rows = {f"random games, {count:,} a move": [exams[f"exam, {count} rollouts"]] for count in (100, 500, 1000)}
    for trained, found in _of_games("exam").items():
        for simulations, way in {"0": "alone", "200": "with 200 simulations"}.items():
            seeds = f" ({len(found)} seeds)" if len(found) > 1 else ""
            rows[f"network after {trained}{seeds}, {way}"] = [one[simulations] for one in found]
    measures, lines = ("right_moves", "right_moves_of_choice", "value_accuracy"), []
    for name, found in rows.items():
        shares = [spread([one[kind][measure] for one in found], "{:.1%}") for kind in POSITIONS for measure in measures]
        lines.append((name, *shares))
    first = [f"{kind}: {column}" for kind in POSITIONS.values() for column in ("right", "of choices", "who wins")]
    return markdown(("who moves", *first), lines)


def game_matches() -> str:
    """Points against a search without a network, a row a match and how long the network was trained."""
    lines = []
    for simulations, rollouts in MATCHES:
        for trained, found in _of_games(f"{simulations} simulations, {rollouts} rollouts").items():
            ends = [f"{min(one['interval'][0] for one in found):.3f} to {max(one['interval'][1] for one in found):.3f}"]
            counts = [str(sum(one[end] for one in found)) for end in ("won", "drawn", "lost")]
            costs = [statistics.median(one["cpu_seconds_a_move"][who] for one in found) for who in ("network", "bot")]
            points = spread([one["points"] for one in found], "{:.3f}")
            cells = (f"{simulations:,}", f"{rollouts:,}", trained, str(len(found)), points, *ends, *counts)
            lines.append((*cells, *(f"{1000 * seconds:.1f}" for seconds in costs)))
    first = ("simulations", "rollouts", "trained for", "seeds", "points", "95 % intervals", "won", "drawn", "lost")
    return markdown((*first, "CPU ms a move, network", "MCTS"), lines)


def game_peers() -> str:
    """What self-play costs, and what half an hour of CPU teaches, a row a program."""
    parts, lines = read_json(RESULTS / "open_spiel_alphazero.json")["parts"], []
    ours = read_json(RESULTS / "alphazero_connect4_seeds.json")["test"]
    of_program = {
        name: {key: [one] for key, one in parts[f"learning{ending}"]["test"].items()}
        for name, ending in (("open_spiel", ""), ("open_spiel, compiled", ", compiled"))
        if f"learning{ending}" in parts
    }
    of_program["zoo865"] = {key: one["values"] for key, one in ours.items()}
    for program, turns in parts["cost"]["rounds"].items():
        seconds, speed = (
            f"{statistics.median(turn[key] for turn in turns):,.0f}"
            for key in ("cpu_of_1000_games", "simulations_per_cpu_second")
        )
        measures = of_program.get(program, {})
        shares = [
            spread(measures[key], "{:.1%}") if measures else ""
            for key in ("right_moves", "searched_right_moves", "value_accuracy")
        ]
        lines.append((PROGRAMS[program], seconds, speed, *shares))
    first = ("AlphaZero of", "CPU s of 1,000 games", "simulations a CPU s")
    return markdown((*first, "half an hour: right alone", "with 200 simulations", "who wins"), lines)


PROGRAMS = {
    "open_spiel": "OpenSpiel in Python (JAX)",
    "open_spiel, compiled": "the same, its network compiled",
    "zoo865": "zoo865",
}
SOUNDS = {
    "uniform": "all levels alike",
    "unigram": "how often each level occurs",
    "Markov, order 1": "Markov chain of order 1",
    "Markov, order 2": "Markov chain of order 2",
    "linear prediction": "linear prediction of order 16, of all sounds alike",
    "linear prediction, adaptive": "the same, adapted to each sound as it is heard",
    "FLAC": "FLAC",
    "xz": "xz",
}


def sounds() -> str:
    """Bits a sample of spoken digits, a row a code or a kind of run; and what judges hear in sounds."""
    found = read_json(RESULTS / "spoken_digits.json")
    lines = [(name, "", f"{found['codes'][way]['test']:.3f}", "", "") for way, name in SOUNDS.items()]
    kinds = {name: [one] for name, one in found["controls"].items()}
    for name, run in found["runs"].items():
        kinds.setdefault(f"`{name.split('/')[0]}`", []).append(run)
    for kind, runs in kinds.items():
        size = spread([run["test"]["bits"] for run in runs], "{:.3f}") if "test" in runs[0] else ""
        shares = [spread([run[judge] for run in runs], "{:.1%}") for judge in ("digits", "speakers")]
        lines.append((kind, str(len(runs)) if size else "", size, *shares))
    return markdown(("spoken digits", "seeds", "bits a sample", "digits heard", "speakers heard"), lines)


def sound_speed() -> str:
    """How fast one sound is drawn, a row a way."""
    lines = []
    for name, found in read_json(RESULTS / "sound_speed.json")["speeds"].items():
        speed, faster = found["samples a second"]["cpu"], found["times as fast"]["cpu"]
        times = f"{faster['median']:.0f} ({faster['low']:.0f} to {faster['high']:.0f})"
        lines.append((name, f"{speed['median']:,.0f}", times, f"{found['times real time']['median']:.2f}"))
    return markdown(("drawn by", "samples a CPU second", "times the whole network's", "times real time, wall"), lines)


def speakers_apart() -> str:
    """Digits of somebody who was not heard in training, a row a speaker."""
    found, lines, every = read_json(RESULTS / "speakers_apart.json")["speakers"], [], {}
    for speaker, measured in found.items():
        ways = {}
        for name, one in measured.items():
            ways.setdefault(name.split(",")[0], []).append(one["accuracy"])
            every.setdefault(name, []).append(one["accuracy"])
        lines.append((speaker, *(spread(values, "{:.1%}") for values in ways.values())))
    means = {}
    for name, values in every.items():
        means.setdefault(name.split(",")[0], []).append(statistics.mean(values))
    lines.append(("mean", *(spread(values, "{:.1%}") for values in means.values())))
    return markdown(("who was not heard", *means), lines)


def attribution() -> str:
    """Whether maps of what matters can be trusted, a row a method."""
    lines = []
    for name, found in read_json(RESULTS / "attribution.json")["methods"].items():
        ways = [[found[f"{way}{of}"] for way in ("deletion", "insertion")] for of in ("", "_by_chance")]
        pairs = ["{:.1%}, {:.1%}".format(*way) for way in ways]
        lines.append((name, spread(found["alike_when_shuffled"], "{:.2f}"), *pairs))
    first = ("method", "alike when weights are shuffled", "probability as pixels go, and come back", "by chance")
    return markdown(first, lines)


def spread(values: list[float], form: str) -> str:
    """Mean and standard deviation over seeds."""
    over = f" +- {form.format(statistics.stdev(values))}" if len(set(values)) > 1 else ""
    return form.format(statistics.fmean(values)) + over


def markdown(first, lines) -> str:
    """A table as Markdown."""
    return "".join(f"| {' | '.join(line)} |\n" for line in (first, ["---"] * len(first), *lines))


TABLES = {
    function.__name__: function
    for function in (
        ratios,
        drawing,
        photos,
        attribution,
        words,
        texts,
        pairs,
        unlabelled,
        game_moves,
        game_matches,
        game_peers,
        sounds,
        sound_speed,
        speakers_apart,
    )
}


if __name__ == "__main__":
    write_text(README, BLOCK.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], README.read_text()))
