"""An agent's experience: steps in its environments, stored in a replay buffer and sampled again."""

import contextlib
import math
from dataclasses import dataclass

import numpy as np

from zoo865.agents import environments as worlds
from zoo865.agents.replay import Replay
from zoo865.batches.feed import Batches, Feed, keeping_errors
from zoo865.errors import ZooError
from zoo865.registry import batches

MOST_KEPT = 256 * 2**20  # bytes of memory that checkpoints hold
COUNTS = ("done", "drawn", "moves")  # environment steps, batches for gradient steps, moves of the target network


@batches
@dataclass(frozen=True)
class Collect(Batches):
    """Exploration steps in environments, and transitions sampled from a replay buffer.

    The model's `for_batches()` is a `zoo865.agents.dqn.Acting`: how it values actions, and its target network's moves.

    Args:
        environments: how many copies step together.
        steps: environment steps in an epoch, all copies together; the environments start anew in every epoch.
        steps_per_update: environment steps for each gradient step.
        replay: size of the replay buffer in steps. Checkpoints hold it up to 256 MiB; beyond that, a resumed run starts
            with an empty one.
        warm_up: environment steps, at random, before the first gradient step; beside those of the first epoch.
        exploration: environment steps in which the share of random actions falls from 1 to `epsilon`.
        epsilon: that share from there on.
        n_step: steps that a transition spans.
        priority: how much more often surprising transitions are drawn (Schaul et al. 2016); 0 draws all alike.
        target_every: gradient steps between two moves of the target network.
        target_share: how far it moves; 1 copies.

    Raises:
        ZooError: a number out of its range.

    Example:
        >>> Collect(steps=100, warm_up=1000).axis([1, 2], steps_together=10)
        ('environment steps', [1100, 1200])
    """

    environments: int = 8
    steps: int = 2400
    steps_per_update: int = 2
    replay: int = 50_000
    warm_up: int = 1000
    exploration: int = 8000
    epsilon: float = 0.04
    n_step: int = 3
    priority: float = 0.0
    target_every: int = 32
    target_share: float = 1.0

    def __post_init__(self):
        for name, value in vars(self).items():
            share = name in ("epsilon", "target_share")
            least = 0 if share or name in ("exploration", "priority") else 1
            if not least <= value < math.inf:
                raise ZooError(f"batches.{name} must be at least {least}, not {value}")
            if share and value > 1:
                raise ZooError(f"batches.{name} must be at most 1, not {value}")

    def open(self, data, *, batch_size: int, seed: int, model, steps_together: int = 1) -> "CollectFeed":
        """Opens the environment: batches of transitions (see `Replay.sample`)."""
        least = self.environments * (self.n_step + 2)
        for name in ("warm_up", "replay"):
            if getattr(self, name) < least:
                wrong = f"batches.{name} must be at least {least}, not {getattr(self, name)}"
                raise ZooError(wrong, f"that is {self.n_step + 2} steps in each of {self.environments} environments")
        return CollectFeed(self, data, batch_size, seed, model, steps_together)

    def axis(self, epochs, steps_together: int) -> tuple[str, list]:
        """Steps in the environments, those before the first gradient step too."""
        each = self.chunks(steps_together) * steps_together * self.steps_per_update
        return "environment steps", [self.warm_up + each * epoch for epoch in epochs]

    def chunks(self, steps_together: int) -> int:
        """How often in an epoch so many gradient steps follow on steps in the environments."""
        return max(1, self.steps // self.steps_per_update // steps_together)


class CollectFeed(Feed):
    """See `zoo865.batches.feed.Feed`. `steps_together` gradient steps follow on so many batches drawn at once."""

    def __init__(self, settings: Collect, data, batch_size: int, seed: int, model, steps_together: int):
        import tensorflow as tf

        self.settings, self.batch_size, self.seed, self.acting = settings, batch_size, seed, model.for_batches()
        self.together = steps_together
        self.name, self.actions = data.environment, data.spec.actions
        ((_, seen),) = data.spec.inputs.items()
        memory = {"n_step": settings.n_step, "gamma": self.acting.gamma, "priority": settings.priority}
        self.replay = Replay(settings.replay, settings.environments, seen.shape, seen.dtype, **memory)
        self.chunks = settings.chunks(steps_together)
        self.steps = self.chunks * steps_together
        self.examples_per_step = settings.steps_per_update
        self.done, self.drawn, self.moves = 0, 0, 0
        specs = {
            "observation": (seen.shape, tf.float32),
            "action": ((), tf.int32),
            "reward": ((), tf.float32),
            "discount": ((), tf.float32),
            "next_observation": (seen.shape, tf.float32),
            "weight": ((), tf.float32),
        }
        signature = {name: tf.TensorSpec((steps_together, batch_size, *of), kind) for name, (of, kind) in specs.items()}
        # No prefetch: what is drawn early was collected by an older network.
        drawn = tf.data.Dataset.from_generator(keeping_errors(self, self._seen), output_signature=signature)
        batches = drawn.unbatch().map(lambda x: (x,))
        options = tf.data.Options()
        options.autotune.enabled = options.experimental_optimization.inject_prefetch = False
        self.dataset = batches.apply(tf.data.experimental.assert_cardinality(self.steps)).with_options(options)

    def first_batch(self):
        """The first transitions that are learned from; the epoch ends there."""
        self.begin_epoch(0)
        raw, seen = next(self._drawn())
        return {"observation": raw}, ({name: array[0] for name, array in seen.items()},)

    def state(self) -> dict:
        """How many steps were done, and the memory, unless it is larger than MOST_KEPT.

        A run that resumes without it fills a new one first, and is not an exact continuation.
        """
        counts = {name: np.array(getattr(self, name)) for name in COUNTS}
        memory = self.replay.state()
        return counts if sum(array.nbytes for array in memory.values()) > MOST_KEPT else {**memory, **counts}

    def restore(self, state: dict) -> None:
        """Restores what `state` returned."""
        state = dict(state)
        for name in COUNTS:
            setattr(self, name, int(state.pop(name)))
        if state:
            self.replay.restore(state)

    def logs(self) -> dict[str, float]:
        """Of the epoch: the mean return of episodes that ended in it, while exploring, and epsilon."""
        ended = {"return": float(np.mean(self.returns))} if self.returns else {}
        return {**ended, "epsilon": self.epsilon}

    @property
    def epsilon(self) -> float:
        """The share of random actions now."""
        fallen = min(1.0, self.done / max(1, self.settings.exploration))
        return 1.0 + (self.settings.epsilon - 1.0) * fallen

    def _seen(self):
        """The epoch's chunks as the model sees them."""
        for _, seen in self._drawn():
            yield seen

    def _drawn(self):
        """The epoch's chunks: steps in the environments, then batches drawn; raw observations of the first batch, and
        all of it as the model sees it.
        """
        # Made anew, for a reset does not reach all that some environments remember (MinAtar's last action).
        with contextlib.closing(worlds.make(self.name, self.settings.environments)) as self.environments:
            yield from self._chunks(np.random.default_rng([self.seed, self.epoch]))

    def _chunks(self, random):
        count, settings = self.settings.environments, self.settings
        self.observation = worlds.reset(self.environments, random.integers(worlds.FIRST_TRAINING_SEED, 2**31, count))
        self.fresh, self.running, self.returns = np.zeros(count, bool), np.zeros(count), []
        goal, drawn = self.done, None
        if not self.replay.written:
            goal += settings.warm_up
            self._step(random, self.acting.values() if self.done else None, goal)
        for chunk in range(self.chunks):
            values = self.acting.values()
            if drawn and settings.priority:
                self.replay.update_priorities(drawn["place"], self._errors(drawn, values))
            self._move_target()
            goal += self.together * settings.steps_per_update
            self._step(random, values, goal)
            if chunk == self.chunks - 1:
                self.replay.break_off(self.observation)
            drawn = self.replay.sample(self.together * self.batch_size, random)
            raw = drawn["observation"][: self.batch_size].copy()  # a view would keep all of them
            for name in ("observation", "next_observation"):
                drawn[name] = worlds.as_seen(drawn[name])
            self.drawn += self.together
            parts = (self.together, self.batch_size)
            yield (
                raw,
                {name: drawn[name].reshape(*parts, *drawn[name].shape[1:]) for name in self.dataset.element_spec[0]},
            )

    def _errors(self, drawn, values) -> np.ndarray:
        """The temporal differences that are left of transitions drawn, (count,)."""
        rows, after = np.arange(len(drawn["action"])), drawn["next_observation"]
        then = self.acting.target_values()(after)[rows, values(after).argmax(-1)]
        now = values(drawn["observation"])[rows, drawn["action"]]
        return drawn["reward"] + self.acting.gamma * drawn["discount"] * then - now

    def _move_target(self):
        """Moves the target network as often as the gradient steps that were made ask for."""
        while self.moves < self.drawn // self.settings.target_every:
            self.acting.update_target(self.settings.target_share)
            self.moves += 1

    def _step(self, random, values, goal: int):
        """Steps all copies together until `goal` steps are done; at random if there are no values."""
        count = self.settings.environments
        while self.done < goal:
            chance = random.integers(0, self.actions, count)
            if values is None:
                action = chance
            else:
                greedy = values(worlds.as_seen(self.observation)).argmax(-1)
                action = np.where(random.random(count) < self.epsilon, chance, greedy)
            after, reward, terminated, truncated = worlds.step(self.environments, action, f"after {self.done} steps")
            self.replay.add(self.observation, action, reward, terminated, truncated, ~self.fresh)
            self.running = np.where(self.fresh, 0.0, self.running) + reward
            ended = terminated | truncated
            self.returns.extend(self.running[ended].tolist())
            self.observation, self.fresh = after, ended
            self.done += count
