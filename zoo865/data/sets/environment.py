"""An environment as data: its examples are seeds, each of which begins an episode."""

import numpy as np

from zoo865.agents import environments
from zoo865.data.features import Action, Observation
from zoo865.data.spec import Arrays, Data, Spec

VALIDATION, TEST = 50, 100  # episodes


def environment(name: str) -> Data:
    """An environment with discrete actions, any that `zoo865.agents.environments.make` makes.

    Validation and test are episodes with seeds of their own, which training never uses.
    """
    made = environments.make(name)
    shape, dtype = environments.observation_of(made)
    observation = Observation(shape, dtype, environments.parts_of(made))
    action = Action(int(made.single_action_space.n), environments.first_action(made))
    made.close()
    spec = Spec({"observation": observation}, {"action": action})
    seeds = np.arange(1 + VALIDATION + TEST)
    train, validation, test = (Arrays(seed=part) for part in np.split(seeds, [1, 1 + VALIDATION]))
    about = f"{name} of gymnasium. Validation: {VALIDATION} episodes, test: {TEST}, with seeds not used in training."
    return Data(f"gym:{name}", spec, train, validation, test, about, environment=name)
