"""Replay buffer: a ring of environment steps, sampled as n-step transitions, optionally prioritized."""

import numpy as np

from zoo865.old_names import ARRAYS

IMPORTANCE_BETA = 0.5  # 1 makes up wholly for unequal drawing, 0 not at all (beta of Schaul et al. 2016)


class Replay:
    """The newest steps of several environments, sampled as n-step transitions.

    Time runs along the first axis: row t holds what the environments showed, what was done, and what came of it; row
    t + 1 holds what they showed then. An episode's last observation stands in the row after its last step, whose own
    action the environments ignore (autoreset): no transition starts there.

    Args:
        capacity: steps of all environments together.
        environments: how many.
        shape, dtype: of an observation.
        n_step: how many steps a transition spans where no episode ends before.
        gamma: discount of a reward one step later.
        priority: exponent of prioritized replay: a transition is drawn with a probability proportional to its
            |temporal-difference error| ** priority (Schaul et al. 2016); 0 draws all alike.
    """

    def __init__(self, capacity: int, environments: int, shape, dtype, *, n_step=1, gamma=0.99, priority=0.0):
        rows = max(capacity // environments, n_step + 2)
        self.n_step, self.gamma, self.priority = n_step, gamma, priority
        self.observation = np.zeros((rows, environments, *shape), dtype)
        self.action = np.zeros((rows, environments), np.int32)
        self.reward = np.zeros((rows, environments), np.float32)
        self.terminated = np.zeros((rows, environments), bool)
        self.truncated = np.zeros((rows, environments), bool)
        self.starts = np.zeros((rows, environments), bool)  # whether a transition may start here
        self.priorities = np.zeros((rows, environments), np.float32)
        self.written = 0  # rows since the beginning; row i of time stands at i % rows

    def __len__(self):
        """Transitions that can be drawn."""
        return int(self._drawable().sum())

    def add(self, observation, action, reward, terminated, truncated, starts):
        """Adds one step of every environment: (environments, ...) each.

        Args:
            observation: what was seen before the step.
            action: what was done.
            reward: what it brought.
            terminated: whether the episode ended there for good.
            truncated: whether it was only broken off.
            starts: False where the step was an autoreset and no step of an episode.
        """
        row = self.written % len(self.action)
        self.observation[row], self.action[row], self.reward[row] = observation, action, reward
        self.terminated[row], self.truncated[row], self.starts[row] = terminated, truncated, starts
        if self.priority:
            self.priorities[row] = self.priorities.max() or 1.0  # nobody knows yet: surely drawn soon
        self.written += 1

    def break_off(self, observation):
        """Ends all episodes at the newest step, as a time limit does: the next step is of other episodes.

        Args:
            observation: (environments, ...) what is seen after that step.
        """
        if self.written:
            newest = (self.written - 1) % len(self.action)
            self.truncated[newest] |= ~self.terminated[newest]
            self.add(observation, 0, 0.0, False, False, False)

    def sample(self, count: int, random: np.random.Generator) -> dict[str, np.ndarray]:
        """Transitions drawn at random, each from any step on.

        Args:
            count: how many.
            random: draws.

        Returns:
            observation, action; reward: the discounted sum over up to n steps, to the end of the episode at most;
            discount: gamma ** (steps - 1), what the value of `next_observation` counts beside one more gamma, 0 after
            a termination (TF-Agents multiplies by gamma once more); next_observation; weight: 1, or what makes up
            for unequal drawing, at most 1; place: for `update_priorities`.
        """
        drawable = np.flatnonzero(self._drawable())
        weight = np.ones(count, np.float32)
        if self.priority:
            odds = np.maximum(self.priorities.ravel()[drawable], 1e-6).astype("float64") ** self.priority
            ends = np.cumsum(odds)
            drawn = np.searchsorted(ends, random.random(count) * ends[-1], side="right").clip(max=len(ends) - 1)
            weight = ((odds[drawn].min() / odds[drawn]) ** IMPORTANCE_BETA).astype("float32")
            place = drawable[drawn]
        else:
            place = drawable[random.integers(0, len(drawable), count)]
        return {**self._transitions(place), "weight": weight, "place": place}

    def update_priorities(self, place, by):
        """Updates the priorities of sampled transitions: (count,) places, (count,) temporal-difference errors."""
        self.priorities.ravel()[place] = np.abs(by)

    def state(self) -> dict[str, np.ndarray]:
        """All that it holds, as arrays."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)} | {
            "written": np.array(self.written)
        }

    def restore(self, state: dict[str, np.ndarray]):
        """Restores what `state` returned."""
        for name, value in state.items():
            setattr(self, ARRAYS.get(name, name), int(value) if name == "written" else np.array(value))

    def _drawable(self) -> np.ndarray:
        """(rows, environments): where a transition may start: a step of an episode with n rows of time after it."""
        rows, drawable = len(self.action), self.starts.copy()
        newest = self.written - np.arange(1, self.n_step + 1)
        drawable[newest[newest >= 0] % rows] = False
        if self.written < rows:
            drawable[self.written :] = False
        return drawable

    def _transitions(self, place) -> dict[str, np.ndarray]:
        rows, environments = self.action.shape
        row, environment = np.divmod(place, environments)
        reward, goes_on = np.zeros(len(place), np.float32), np.ones(len(place), bool)
        discount, last = np.full(len(place), self.gamma ** (self.n_step - 1), np.float32), row + self.n_step - 1
        for step in range(self.n_step):
            at = ((row + step) % rows, environment)
            reward += np.where(goes_on, np.float32(self.gamma**step) * self.reward[at], 0)
            ends = goes_on & (self.terminated[at] | self.truncated[at])
            discount = np.where(ends, np.where(self.terminated[at], 0, self.gamma**step), discount)
            last = np.where(ends, row + step, last)
            goes_on &= ~ends
        return {
            "observation": self.observation[row, environment],
            "action": self.action[row, environment],
            "reward": reward,
            "discount": discount.astype("float32"),
            "next_observation": self.observation[(last + 1) % rows, environment],
        }
