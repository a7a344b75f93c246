"""Reinforcement learning: an agent and its environment, state, action and reward.

python apps/dqn.py                                 # balances a pole: half a minute
python apps/dqn.py --environment Acrobot-v1        # any gymnasium environment with discrete actions
"""

import argparse

import numpy as np

import zoo865
from zoo865.agents import environments
from zoo865.agents.policy import values_of


def episode(environment, choose, seed: int) -> float:
    """The lecture's loop: the agent acts on a state; the environment returns a reward and a new state."""
    state = environments.reset(environment, [seed])
    total, over = 0.0, False
    while not over:
        action = choose(state)
        state, reward, terminated, truncated = environments.step(environment, action, "while it was played")
        total += reward[0]
        over = terminated[0] or truncated[0]
    return total


def main(name: str):
    """Environment, random agent, training, trained agent."""
    # The environment: a single copy, so states, actions and rewards are arrays of length 1.
    environment = environments.make(name)
    actions = int(environment.single_action_space.n)

    # An untrained agent: random actions.
    random = np.random.default_rng(0)
    returns = [episode(environment, lambda state: random.integers(0, actions, 1), seed) for seed in range(10)]
    print(f"by chance: return {np.mean(returns):.1f}")

    # Training: Double DQN, see zoo865/models/dqn.py; its experience is collected by zoo865/batches/collect.py.
    recipe = "dqn_cartpole" if name == "CartPole-v1" else zoo865.get_recipe("dqn").override({"data": f"gym:{name}"})
    run = zoo865.train(recipe)
    print(f"trained: return {run.metrics['test']['return_mean']:.1f} in 100 new episodes")

    # The trained agent takes the action of the highest value.
    values = values_of(run.model.network)
    best = episode(environment, lambda state: values(environments.as_seen(state)).argmax(-1), seed=12345)
    print(f"one more episode: return {best:.1f}")

    # Report: a film of an episode, action values over states. Serving: a SavedModel, observations in, actions out.
    print(f"open in a browser: {zoo865.report(run)}")
    print(f"serve: {zoo865.export(run)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--environment", default="CartPole-v1", help="a gymnasium environment")
    main(parser.parse_args().environment)
