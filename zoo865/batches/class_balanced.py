"""Batches of some examples of each of some classes, for learning which belong together."""

from dataclasses import dataclass

import numpy as np

from zoo865.batches.feed import Batches, Feed, dataset_of
from zoo865.data.episodes import group_of
from zoo865.data.statistics import labels_of
from zoo865.errors import ZooError
from zoo865.registry import batches


@batches
@dataclass(frozen=True)
class ClassBalanced(Batches):
    """P classes with K examples each, P times K being the recipe's batch size.

    Classes take turns in random order, none more often than the others. Where their names have groups
    ("Greek/12"), those of a group come one after the other, so that a batch is of few groups: classes that are alike
    teach more.

    Args:
        examples_per_class: K. Of a class with fewer some come twice.
        augment: the policy by which images are changed at random (zoo865/batches/augment.py).
        turns: whether images turned by a quarter, a half and three quarters are of classes of their own, as with
            characters (Santoro et al. 2016).

    Raises:
        ZooError: fewer than two examples of a class.

    Example:
        >>> feed = ClassBalanced(examples_per_class=4).open(run.data, batch_size=20, seed=0)
        >>> x, y = next(iter(feed.dataset))
        >>> x.shape, y.shape
        (TensorShape([20, 28, 28, 1]), TensorShape([5, 4]))
    """

    examples_per_class: int = 4
    augment: str = "none"
    turns: bool = False

    def __post_init__(self):
        if self.examples_per_class < 2:
            wrong = f"batches.examples_per_class must be at least 2, not {self.examples_per_class}"
            raise ZooError(wrong, "examples of one class are compared with each other")

    def open(self, data, *, batch_size: int, seed: int, model=None, steps_together: int = 1) -> "ClassBalancedFeed":
        """Opens the training examples: batches of what `zoo865.preprocessing.prepare` makes of them, images augmented,
        (classes * examples_per_class, ...), those of a class in consecutive rows; and of their labels, (classes,
        examples_per_class) int64, whose shape tells losses the layout of the rows. An epoch has as many batches as
        there are examples for.

        Raises:
            ZooError: no labels, or fewer than two classes of two examples.
        """
        return ClassBalancedFeed(self, data, batch_size, seed)


class ClassBalancedFeed(Feed):
    """See `zoo865.batches.feed.Feed`."""

    def __init__(self, how: ClassBalanced, data, batch_size: int, seed: int):
        self.how, self.split, self.spec, self.seed = how, data.train, data.spec, seed
        if not self.spec.class_names:
            raise ZooError(f"{data.name} has no labels, but distances are learned from classes", "give labelled data")
        self.name, self.labels = data.name, labels_of(data.train)
        self.classes = self._classes()
        together = min(batch_size // how.examples_per_class, len(self.classes))
        if together < 2:
            wrong = (
                f"batches of {batch_size} with {how.examples_per_class} examples of a class have fewer than 2 classes"
            )
            raise ZooError(wrong, f"--set batch_size={2 * how.examples_per_class} or more")
        self.layout = together, how.examples_per_class
        self.batch_size = self.examples_per_step = together * how.examples_per_class
        self.steps = max(1, len(self.labels) // self.batch_size)
        self.dataset = self._opened()

    def first_batch(self):
        """The first batch, raw and as the model sees it; labels one a row, of turned images those of their classes."""
        _, (seen, labels) = super().first_batch()
        places, _ = next(self._places())
        return self.split.take(places.ravel()), (seen, labels.ravel() % len(self.spec.class_names))

    def _classes(self) -> list[tuple[str, np.ndarray, int]]:
        """The group of each class, the places of its examples, and by how many quarters they are turned."""
        found = {label: np.flatnonzero(self.labels == label) for label in np.unique(self.labels)}
        single = [self.spec.class_names[label] for label, places in found.items() if len(places) < 2]
        if len(found) - len(single) < 2:
            held = f"only {len(found) - len(single)} with two examples or more"
            classes = f"{len(found)} class{'' if len(found) == 1 else 'es'}"
            raise ZooError(f"{self.name} has {classes}, {held}", "give at least two classes of two examples")
        return [
            (group_of(self.spec.class_names[label]), places, turn)
            for turn in range(4 if self.how.turns else 1)
            for label, places in found.items()
            if len(places) > 1
        ]

    def _opened(self):
        """The tf.data.Dataset."""
        import tensorflow as tf

        from zoo865.batches.augment import augmenting
        from zoo865.preprocessing import prepare

        changed = augmenting(self.how.augment, self.spec)

        def as_seen(examples, labels, seed):
            return changed(prepare(self.spec, examples), seed), labels

        return dataset_of(self, self.spec, self._batches, tf.TensorSpec(self.layout, tf.int64), as_seen)

    def _places(self):
        """(classes, examples) places of each batch of the epoch, and (classes,) quarters by which they are turned."""
        random = np.random.default_rng([self.seed, self.epoch])
        waiting: list[int] = []
        for _ in range(self.steps):
            chosen: list[int] = []
            while len(chosen) < self.layout[0]:
                one = next((one for one in waiting if one not in chosen), None)
                if one is None:
                    waiting += self._in_turn(random)
                else:
                    chosen.append(one)
                    waiting.remove(one)
            _, places, turns = zip(*(self.classes[one] for one in chosen), strict=True)
            count = self.layout[1]
            yield np.stack([random.choice(own, count, replace=len(own) < count) for own in places]), np.array(turns)

    def _in_turn(self, random) -> list[int]:
        """All classes in random order, those of a group one after the other."""
        groups = [(group, turn) for group, _, turn in self.classes]
        place = {group: random.random() for group in dict.fromkeys(groups)}
        within = random.permutation(len(self.classes))
        keys = [(place[group] if group[0] else 0.0, within[one]) for one, group in enumerate(groups)]
        return sorted(range(len(self.classes)), key=keys.__getitem__)

    def _batches(self):
        for step, (places, turns) in enumerate(self._places()):
            examples = self.split.take(places.ravel())
            raw = {name: feature.stack(examples[name]) for name, feature in self.spec.inputs.items()}
            if self.how.turns:
                raw = {name: self._turned(images, turns) for name, images in raw.items()}
            labels = self.labels[places] + len(self.spec.class_names) * turns[:, None]
            yield raw, labels, np.array([self.seed, self.epoch * self.steps + step])

    def _turned(self, images, turns):
        """(images, side, side, channels), each turned by as many quarters as its class."""
        every = np.repeat(turns, self.layout[1])
        return np.stack([np.rot90(image, turn) for image, turn in zip(images, every, strict=True)])
