"""An agent and its environment: state, action, reward, until it has learned what to do.

python apps/dqn.py                                 # balances a pole: half a minute
python apps/dqn.py --environment Acrobot-v1        # any environment of gymnasium with discrete actions
"""

import argparse

import numpy as np

import zoo865
from zoo865.agents import environments
from zoo865.agents.policy import values_of


def episode(environment, choose, seed: int) -> float:
    """The loop of the lecture: the agent acts on a state; the environment answers with a reward and a new state."""
    state = environments.reset(environment, [seed])
    total, over = 0.0, False
    while not over:
        action = choose(state)
        state, reward, terminated, truncated = environments.step(environment, action, "while it was played")
        total += reward[0]
        over = terminated[0] or truncated[0]
    return total


def main(name: str):
    """Environment, an agent that knows nothing, learning, an agent that knows what its actions are worth."""
    # The environment: one copy of it, so its states, actions and rewards are arrays of one.
    environment = environments.make(name)
    actions = int(environment.single_action_space.n)

    # An agent that knows nothing: any action is as good as another.
    random = np.random.default_rng(0)
    returns = [episode(environment, lambda state: random.integers(0, actions, 1), seed) for seed in range(10)]
    print(f"by chance: return {np.mean(returns):.1f}")

    # Learning: Double DQN, read in zoo865/models/dqn.py; what it sees of the environment, in zoo865/batches/collect.py.
    recipe = "dqn_cartpole" if name == "CartPole-v1" else zoo865.get_recipe("dqn").override({"data": f"gym:{name}"})
    run = zoo865.train(recipe)
    print(f"trained: return {run.metrics['test']['return_mean']:.1f} in 100 new episodes")

    # An agent that knows what its actions are worth takes the best.
    values = values_of(run.model.network)
    best = episode(environment, lambda state: values(environments.as_seen(state)).argmax(-1), seed=12345)
    print(f"one more episode: return {best:.1f}")

    # Looking: the episode as a film, values over what it sees. Serving: a SavedModel, observations in, actions out.
    print(f"open in a browser: {zoo865.report(run)}")
    print(f"serve: {zoo865.export(run)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--environment", default="CartPole-v1", help="a name that gymnasium knows")
    main(parser.parse_args().environment)
