"""Losses for classification."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

STRENGTH = 1.5  # of the adjustment for classes of unequal size


@keras.saving.register_keras_serializable("zoo865")
class SmoothedCrossentropy(keras.losses.Loss):
    """Cross-entropy in nats of logits against labels, with label smoothing (Szegedy et al. 2016).

    Args:
        label_smoothing: share of the probability that is spread evenly over all classes.
        name: as Keras calls it.

    Example:
        >>> loss = SmoothedCrossentropy(label_smoothing=0.1)
        >>> round(float(loss(np.array([3]), np.zeros((1, 10)))), 4)  # log 10
        2.3026
    """

    def __init__(self, label_smoothing: float = 0.0, name: str = "smoothed_crossentropy", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.label_smoothing = label_smoothing

    def call(self, y_true, y_pred):
        """y_true (batch,) integers, or (batch, classes) shares; y_pred (batch, classes) logits -> (batch,) nats."""
        log_probabilities = ops.log_softmax(y_pred)
        if len(y_true.shape) == 1:
            chosen = ops.take_along_axis(log_probabilities, ops.cast(y_true, "int32")[:, None], axis=-1)[:, 0]
        else:
            chosen = ops.sum(y_true * log_probabilities, axis=-1)
        everywhere = ops.mean(log_probabilities, axis=-1)
        return -(1 - self.label_smoothing) * chosen - self.label_smoothing * everywhere

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "label_smoothing": self.label_smoothing}


@keras.saving.register_keras_serializable("zoo865")
class LogitAdjusted(keras.losses.Loss):
    """A loss of logits by which all classes count alike, however many examples each has (Menon et al. 2021).

    It sees each logit raised by the logarithm of its class's share: a rare class must win by more in training, and what
    the model answers without that is for classes that are equally frequent. Weights would come to nothing as soon as a
    network is right on all examples.

    Args:
        loss: of labels and logits.
        shares: (classes,) of the training examples.
        strength: the logarithm counts so often: more than once, for a network that is soon right on all of a few
            examples learns less from it than one that never is.
        name: as Keras calls it.

    Example:
        >>> loss = LogitAdjusted(SmoothedCrossentropy(), [0.9, 0.1], strength=1.0)
        >>> round(float(loss(np.array([1]), np.zeros((1, 2), "float32"))), 4)  # -log 0.1
        2.3026
    """

    def __init__(
        self,
        loss: keras.losses.Loss,
        shares: Sequence[float],
        strength: float = STRENGTH,
        name: str = "logit_adjusted",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.loss, self.shares, self.strength = loss, [float(share) for share in shares], strength

    def call(self, y_true, y_pred):
        """As the loss takes them -> (batch,)."""
        raised = ops.log(ops.convert_to_tensor(self.shares, y_pred.dtype))
        return self.loss.call(y_true, y_pred + self.strength * raised)

    def get_config(self):
        """The arguments."""
        kept = {"shares": self.shares, "strength": self.strength}
        return {**super().get_config(), "loss": keras.losses.serialize(self.loss), **kept}

    @classmethod
    def from_config(cls, config):
        """A loss of these arguments."""
        return cls(keras.losses.deserialize(config.pop("loss")), **config)


def correct(y_true: Any, y_pred: Any) -> Any:
    """Whether the answer is the label, or the likeliest of the shares that images are mixed of, (batch,).

    Args:
        y_true: (batch,) integers, or (batch, classes) shares.
        y_pred: (batch, classes) logits.

    Returns:
        (batch,) float32, 1 or 0.

    Example:
        >>> np.array(correct(np.array([1, 0]), np.array([[0.0, 1.0], [0.0, 1.0]]))).tolist()
        [1.0, 0.0]
    """
    labels = y_true if len(y_true.shape) == 1 else ops.argmax(y_true, axis=-1)
    return ops.cast(ops.equal(ops.cast(labels, "int32"), ops.cast(ops.argmax(y_pred, axis=-1), "int32")), "float32")
