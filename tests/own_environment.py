"""An environment of a user's own, as the text of a file: "Guess-v0" shows numbers, and the first tells what to do."""

OWN = """
import gymnasium
import numpy as np


class Guess(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(-1, 1, (2, 3), np.float64)
    action_space = gymnasium.spaces.Discrete(2)

    def _show(self):
        return self.np_random.choice([-1.0, 1.0], (2, 3))

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.shown = self._show()
        return self.shown, {}

    def step(self, action):
        right = float(action == (self.shown[0, 0] > 0))
        self.shown = self._show()
        return self.shown, right, bool(self.np_random.random() < 0.2), False, {}


gymnasium.register("Guess-v0", Guess)
"""
