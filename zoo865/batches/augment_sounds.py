"""Sound augmentation: how a recording may differ that still has its class, drawn at random for each.

What differs between voices, rooms and microphones: how fast and at which pitch, when it begins, how loud, which
frequencies are stronger, what noise there is. And a stretch of time and a band are left out, so that no single cue
decides (Park et al. 2019). Nothing keeps state: the same sounds and the same seed give the same result.

Source: Ko et al. 2015 (speed).
"""

import tensorflow as tf

SPEED = 0.3  # by which the logarithm of speed and pitch differs
EARLY, LATE = 0.05, 0.3  # of the length, by which it begins earlier or later
FILTER, KNOTS = 6.0, 9  # decibels by which frequencies are louder or quieter, and at how many they are drawn
NOISE = -60.0, -20.0  # decibels above the loudest sample
COLOUR, SHADES = 20.0, 5  # decibels by which some frequencies of the noise are quieter, and at how many they are drawn
LOUD = 6.0  # decibels
LOST = 0.03  # what is left of a stretch or a band that is left out
LONGEST, WIDEST = 0.1, 0.15  # of the length, of all frequencies, that is left out


def changed_sounds(sounds, seed):
    """Sounds as they might have been recorded otherwise.

    Args:
        sounds: (batch, samples) float32 in [-1, 1].
        seed: (2,) integers.

    Returns:
        As many, of the same shape.

    Example:
        >>> sounds = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 800)).astype("float32")
        >>> changed_sounds(sounds, np.array([1, 2])).shape
        TensorShape([2, 800])
    """
    batch, samples = tf.shape(sounds)[0], sounds.shape[1]
    seeds = iter(range(99))

    def drawn(low, high, count=1):
        own = tf.random.experimental.stateless_fold_in(seed, next(seeds))
        return tf.random.stateless_uniform((batch, count), own, low, high)

    x = _resampled(sounds, tf.exp(drawn(-SPEED, SPEED)), drawn(-EARLY, LATE) * samples)
    loudest = tf.reduce_max(tf.abs(x), 1, keepdims=True)
    # Twice as long, or what ends would come back at the beginning.
    spectrum = tf.signal.rfft(x, [2 * samples])
    gains = _decibels(_between(drawn(-FILTER, FILTER, KNOTS), samples + 1))
    gains *= _but_for(drawn(0.0, 1.0 + WIDEST), drawn(0.0, WIDEST), samples + 1)
    x = tf.signal.irfft(spectrum * tf.cast(gains, tf.complex64), [2 * samples])[:, :samples]
    x *= _but_for(drawn(0.0, 1.0), drawn(0.0, LONGEST), samples)
    own = tf.random.experimental.stateless_fold_in(seed, next(seeds))
    hiss = tf.signal.rfft(tf.random.stateless_normal((batch, samples), own))
    shades = _decibels(_between(drawn(-COLOUR, 0.0, SHADES), samples // 2 + 1))
    x += tf.signal.irfft(hiss * tf.cast(shades, tf.complex64), [samples]) * loudest * _decibels(drawn(*NOISE))
    return tf.clip_by_value(x * _decibels(drawn(-LOUD, LOUD)), -1.0, 1.0)


def _resampled(sounds, speeds, late):
    """(batch, samples): each so many times as fast, so many samples later; between samples on a straight line."""
    samples = sounds.shape[1]
    at = (tf.range(samples, dtype=tf.float32) - late) * speeds
    left = tf.floor(at)
    padded = tf.pad(sounds, [[0, 0], [1, 1]])  # silence before and behind

    def taken(places):
        return tf.gather(padded, tf.clip_by_value(tf.cast(places, tf.int32) + 1, 0, samples + 1), batch_dims=1)

    return taken(left) + (at - left) * (taken(left + 1) - taken(left))


def _between(knots, count: int):
    """(batch, knots) -> (batch, count): straight lines between values at equal distances."""
    at = tf.linspace(0.0, knots.shape[1] - 1.0, count)
    left = tf.minimum(tf.floor(at), knots.shape[1] - 2.0)
    first, second = (tf.gather(knots, tf.cast(left, tf.int32) + one, axis=1) for one in (0, 1))
    return first + (at - left) * (second - first)


def _but_for(middle, width, count: int):
    """(batch, count): 1, but `LOST` in a span around (batch, 1) a middle, in shares of all."""
    return tf.where(tf.abs(tf.linspace(0.0, 1.0, count) - middle) < width / 2, LOST, 1.0)


def _decibels(gain):
    return 10.0 ** (gain / 20.0)
