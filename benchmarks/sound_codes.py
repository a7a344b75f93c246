"""Codes without a network, of spoken digits as 256 mu-law levels, in bits a sample; for spoken_digits.py."""

import io
import lzma

import numpy as np

import zoo865
from zoo865.preprocessing.mu_law import LEVELS, MU, SILENCE, mu_law_samples

STRENGTHS = (1, 3, 10, 30, 100, 300, 1000)  # how many samples a context must have to count as much as a shorter one
ORDER = 16  # of linear prediction
MEMORIES = (50, 70, 100, 150, 250)  # samples after which what was heard counts 1 / e
PRIOR = 0.003  # how much training sounds count beside what was heard
WIDTHS = (3, 5, 7, 10, 15)  # samples, the same of errors


def levels_of_parts() -> dict[str, list[np.ndarray]]:
    """Name of a split -> the levels of its sounds, (samples,) uint8 each."""
    from zoo865.batches.whole_sounds import levels_and_labels

    data = zoo865.load_data("spoken_digits")
    return {part: levels_and_labels(data.split(part), data.spec)[0] for part in ("train", "validation", "test")}


def bits(probabilities) -> float:
    """Bits a sample, of (samples,) probabilities of what came."""
    return float(-np.log2(probabilities).mean())


def with_those_before(samples, order: int, first):
    """(samples, order + 1): each sample behind the `order` before it; before the first one there is only `first`."""
    padded = np.append(np.full(order, first, samples.dtype), samples)
    return np.lib.stride_tricks.sliding_window_view(padded, order + 1)


def uniform() -> dict:
    """All levels alike."""
    return {"validation": np.log2(LEVELS), "test": np.log2(LEVELS)}


def markov(order: int) -> dict:
    """Counts of what followed the levels before, each order on top of the next lower one's probabilities."""
    rows = {
        part: np.concatenate([with_those_before(one, order, SILENCE) for one in levels]).astype("int64")
        for part, levels in levels_of_parts().items()
    }
    likely, chosen = dict.fromkeys(("validation", "test"), 1 / LEVELS), []
    for back in range(order + 1):
        places = {part: row[:, order - back :] @ LEVELS ** np.arange(back, -1, -1) for part, row in rows.items()}
        counts = np.bincount(places["train"], minlength=LEVELS ** (back + 1))
        every = counts.reshape(-1, LEVELS).sum(1)
        found = {
            strength: {
                part: (counts[places[part]] + strength * lower) / (every[places[part] // LEVELS] + strength)
                for part, lower in likely.items()
            }
            for strength in STRENGTHS
        }
        chosen.append(min(found, key=lambda strength: bits(found[strength]["validation"])))
        likely = found[chosen[-1]]
    return {part: bits(one) for part, one in likely.items()} | {"strengths": chosen}


def linear_prediction(memories: tuple) -> dict:
    """The best of some memories, where None is a predictor that stays as training sounds made it."""
    parts, found = levels_of_parts(), {}
    products = products_of(parts["train"])
    validation, test = in_columns(parts["validation"]), in_columns(parts["test"])
    for memory in memories:
        guesses = predicted(*validation, products, memory)
        found |= {(memory, width): bits(probabilities(*validation, guesses, width)) for width in WIDTHS}
    memory, width = best = min(found, key=found.get)
    of_test = probabilities(*test, predicted(*test, products, memory), width)
    return {"validation": found[best], "test": bits(of_test), "memory": memory, "width": width}


def products_of(levels: list[np.ndarray]):
    """(16, 17): the products of the 16 samples before one with each other, and with it, summed over all sounds."""
    found = np.zeros((ORDER, ORDER + 1))
    for one in levels:
        rows = with_those_before(mu_law_samples()[one].astype("float64"), ORDER, 0)
        found += rows[:, :-1].T @ rows
    return found


def in_columns(levels: list[np.ndarray]):
    """(longest, sounds) uint8, padded at the end, the longest sound first; and (sounds,) their lengths."""
    levels = sorted(levels, key=len, reverse=True)
    columns = np.zeros((len(levels[0]), len(levels)), "uint8")
    for column, one in zip(columns.T, levels, strict=True):
        column[: len(one)] = one
    return columns, np.array([len(one) for one in levels])


def predicted(columns, lengths, products, memory: float | None):
    """(longest, sounds): each sample as those before it in its sound say, by least squares.

    Args:
        columns, lengths: see `in_columns`.
        products: of the training sounds, see `products_of`.
        memory: see `MEMORIES`; None keeps the predictor of the training sounds.
    """
    samples, guesses = mu_law_samples()[columns].astype("float64"), np.zeros(columns.shape)
    of_training = products / products[0, 0]
    weights = np.tile(np.linalg.solve(of_training[:, :-1], of_training[:, -1]), (len(lengths), 1))
    little = 1e-7 * np.concatenate([np.eye(ORDER), weights[0][:, None]], 1)  # else silence would have no solution
    heard, before = np.zeros((len(lengths), *products.shape)), np.zeros((len(lengths), ORDER))
    for place, now in enumerate(samples):
        left = np.searchsorted(-lengths, -place)  # of the sounds, those that are not over
        weights, heard, before, now = weights[:left], heard[:left], before[:left], now[:left]
        guesses[place, :left] = (weights * before).sum(1)
        if memory is not None:
            rows = np.concatenate([before, now[:, None]], 1)
            heard = np.exp(-1 / memory) * heard + before[:, :, None] * rows[:, None]
            both = heard + PRIOR * heard[:, -1:, -2:-1] * of_training + little
            weights = np.linalg.solve(both[..., :-1], both[..., -1:])[..., 0]
        before = np.concatenate([before[:, 1:], now[:, None]], 1)
    return guesses


def probabilities(columns, lengths, guesses, width: float):
    """(samples,) of the levels that came.

    A level has what lies between its borders of a logistic distribution around the guess, which deviates from it as the
    last guesses did from what came; a thousandth is shared by all levels alike.
    """
    from scipy.signal import lfilter
    from scipy.special import expit

    curved = np.linspace(-1, 1, 2 * LEVELS - 1)[1::2]  # in the middle between levels
    borders = np.concatenate([[-np.inf], np.sign(curved) * (LEVELS ** np.abs(curved) - 1) / MU, [np.inf]])
    keep = np.exp(-1 / width)
    errors = lfilter([0, 1 - keep], [1, -keep], np.abs(mu_law_samples()[columns] - guesses), axis=0)
    there = np.arange(len(columns))[:, None] < lengths
    level, guess = columns[there].astype(int), guesses[there]
    scale = (errors[there] + 2**-15) / np.log(4)  # the mean deviation of scale 1 is log 4
    low, high = (borders[level] - guess) / scale, (borders[level + 1] - guess) / scale
    # Near 1 the difference would be lost in rounding; the distribution is symmetric.
    low, high = np.where(low > 0, -high, low), np.where(low > 0, -low, high)
    return 0.999 * (expit(high) - expit(low)) + 0.001 / LEVELS


def flac() -> dict:
    """Its reference encoder, at the level that compresses most."""
    import soundfile

    def packed(levels):
        samples = (levels.astype("int16") - SILENCE) * 256  # of which the upper 8 bits are written
        soundfile.write(file := io.BytesIO(), samples, 8000, "PCM_S8", format="FLAC", compression_level=1.0)
        file.seek(0)
        assert (soundfile.read(file, dtype="int16")[0] == samples).all()
        return file.getvalue()

    return sizes(packed, levels_of_parts()["test"]) | {"library": soundfile.__libsndfile_version__}


def xz() -> dict:
    """With as many bits of the byte before as a context as are best for validation sounds."""
    parts = levels_of_parts()

    def packed(levels, context):
        most = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": context, "lp": 0, "pb": 0}
        return lzma.compress(levels.tobytes(), filters=[most])

    validation = np.concatenate(parts["validation"])
    best = min(range(5), key=lambda context: len(packed(validation, context)))
    return sizes(lambda levels: packed(levels, best), parts["test"]) | {"context": best}


def sizes(packed, levels: list[np.ndarray]) -> dict:
    """Bits a sample of all sounds together, "test", and one by one."""
    together = np.concatenate(levels)
    alone = sum(len(packed(one)) for one in levels)
    return {"test": 8 * len(packed(together)) / len(together), "one by one": 8 * alone / len(together)}
