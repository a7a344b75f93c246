"""How unlikely images are, in nats."""

from keras import ops


def bernoulli_nats(image, logits):
    """The negative log-likelihood of pixels that are light with the given odds, each by itself.

    Args:
        image: (batch, height, width, channels) of 0 and 1, or of probabilities.
        logits: like it, the log odds of light.

    Returns:
        (batch,): softplus(logit) for a dark pixel, softplus(-logit) for a light one, summed.
    """
    return ops.sum(ops.softplus(logits) - image * logits, axis=(1, 2, 3))
