"""A sound drawn in NumPy, sample by sample: faster than it is played, and nothing is compiled."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo865.preprocessing.mu_law import LEVELS, SILENCE


class SoundStream:
    """Draws the samples of one sound, one a call.

    A sample costs a small network less than the dispatch of a TensorFlow call does. So layers write into arrays that
    are there, biases are a further row of their kernels, and all layers' pasts are read from one ring at once.

    Args:
        model: a `zoo865.models.wavenet.WaveNet`.
        length: samples of the whole sound.
        of_class: name of a condition -> the number of its class.

    Attributes:
        logits: (256,) float32, the log odds that the last sample was drawn with.

    Example:
        >>> from zoo865.models.wavenet import build_wavenet
        >>> wavenet = build_wavenet(conditions={}, rate=8000, channels=8, depth=3, joined=8, hidden=8)
        >>> stream = SoundStream(wavenet, 100, {})
        >>> levels = [stream.draw(noise) for noise in (0.2, 0.5, 0.9)]
        >>> stream.logits.shape
        (256,)
    """

    def __init__(self, model: Any, length: int, of_class: Mapping[str, int]):
        channels, layers = model.channels, len(model.dilations)
        self.frame, self.place, self.level = model.for_batches().frame, 0, SILENCE
        self.frames = -(-length // self.frame)
        numbers = {name: np.array([of_class[name]], "int32") for name in model.conditions}
        biases = model.biases(np.zeros(1, "int32"), np.array([length], "int32"), self.frames, numbers)
        self.biases = np.asarray(biases, "float32")[0]
        ends = np.cumsum(model.dilations)
        self.starts, self.dilations = ends - model.dilations, np.array(model.dilations)
        self.ring = np.zeros((ends[-1], channels), "float32")
        # A row a layer: what it heard once, and hears now, and 1 for the bias of its frame.
        heard = np.ones((layers, 2 * channels + 1), "float32")
        self.before, self.now = heard[:, :channels], heard[:, channels:-1]
        self.kernels = np.zeros((layers, 2 * channels + 1, 2 * channels), "float32")
        self.kernels[:, :-1] = [np.reshape(one.kernel, (2 * channels, -1)) for one in model.before]
        # What it found, doubled, for that spares a product: the weights that read it are halves; and 1.
        self.found = np.ones((layers, channels + 1), "float32")
        onward = [np.concatenate([np.asarray(one.kernel) / 2, [np.asarray(one.bias)]]) for one in model.onward]
        self.sums, self.more = np.zeros(2 * channels, "float32"), np.zeros(channels, "float32")
        self.first = heard[0], self.kernels[0], self.found[0, :channels]
        self.others = [
            (*(self.found[n - 1], onward[n - 1], self.now[n - 1], self.now[n]), heard[n], self.kernels[n], end)
            for n, end in enumerate(self.found[:, :channels])
            if n
        ]
        joined, self.joined_bias = map(np.asarray, model.joined.get_weights())
        self.of_level, of_found = joined[:channels], np.zeros((layers, channels + 1, joined.shape[1]), "float32")
        of_found[:, :-1] = joined[channels:].reshape(layers, channels, -1) / 2
        self.of_found, self.flat = of_found.reshape(-1, joined.shape[1]), self.found.reshape(-1)
        self.logit, self.logit_bias = map(np.asarray, model.logit.get_weights())
        self.levels = np.asarray(model.level.embeddings)
        self.logits = np.zeros(LEVELS, "float32")

    def draw(self, noise: float, level: int = -1) -> int:
        """The next sample.

        Args:
            noise: uniform in [0, 1).
            level: what the sample is, where it is known; below 0 it is drawn.

        Returns:
            Its level, from 0 to 255.
        """
        frame, within = divmod(self.place, self.frame)
        if not within:
            self.kernels[:, -1] = self.biases[min(frame, self.frames - 1)]
        rows = self.starts + self.place % self.dilations
        self.before[:] = self.ring[rows]
        self.now[0] = start = self.levels[self.level]
        heard, kernel, found = self.first
        self._gated(heard, kernel, found)
        for last, onward, before, now, heard, kernel, found in self.others:
            np.dot(last, onward, out=self.more)
            np.add(before, self.more, out=now)
            self._gated(heard, kernel, found)
        self.ring[rows] = self.now
        joined = np.maximum(start @ self.of_level + self.flat @ self.of_found + self.joined_bias, 0.0)
        self.logits = joined @ self.logit + self.logit_bias
        if level < 0:
            sums = np.cumsum(np.exp(self.logits - self.logits.max()))
            level = min(int(np.searchsorted(sums, noise * sums[-1], side="right")), LEVELS - 1)
        self.place, self.level = self.place + 1, level
        return level

    def _gated(self, heard, kernel, found):
        """One tanh for both gates: `found` becomes twice what they let through."""
        sums, channels = self.sums, len(found)
        np.dot(heard, kernel, out=sums)
        np.tanh(sums, out=sums)
        np.add(sums[channels:], 1.0, out=found)
        np.multiply(sums[:channels], found, out=found)
