"""How unlikely images are, in nats."""

from typing import Any

from keras import ops


def bernoulli_nats(image: Any, logits: Any) -> Any:
    """The negative log-likelihood of pixels that are light with the given odds, each by itself.

    Args:
        image: (batch, height, width, channels) of 0 and 1, or of probabilities.
        logits: like it, the log odds of light.

    Returns:
        (batch,): softplus(logit) for a dark pixel, softplus(-logit) for a light one, summed.

    Example:
        >>> black = np.zeros((1, 2, 2, 1), "float32")
        >>> round(float(bernoulli_nats(black, black)[0]), 4)  # even odds: 4 log 2
        2.7726
    """
    return ops.sum(ops.softplus(logits) - image * logits, axis=(1, 2, 3))
