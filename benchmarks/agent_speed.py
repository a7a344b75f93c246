"""How fast an agent lives and learns: environment steps a second on CartPole-v1, one gradient step for every four.

    python benchmarks/agent_speed.py

DQN with dense layers of 64 and 64, batch 64, Adam 1e-3, one thread each, all after their first steps (no compilation is
timed), without evaluation:

- zoo865: Double DQN, `Collect` and `fit`, 8 environments (no layer normalization, which the peers have not).
- stable-baselines3: its DQN, 8 environments, two gradient steps for every step of all.
- TF-Agents' tutorial: one environment, a PyDriver for four steps, then `agent.train` in a tf.function
  (https://www.tensorflow.org/agents/tutorials/1_dqn_tutorial, with TFUniformReplayBuffer in place of Reverb).

Seconds are those of 1,000 environment steps.
"""

import argparse

from interleave import Clock, interleaved, ratios, save

ENVIRONMENT, ENVIRONMENTS, BATCH, UNITS, REPLAY, WARM_UP = "CartPole-v1", 8, 64, (64, 64), 50_000, 1000


def per_1000(steps: int, act):
    """A function of a round's number that gives CPU and wall seconds of 1,000 of the steps that `act` makes."""

    def run(number):
        clock = Clock()
        act()
        return {name: seconds * 1000 / steps for name, seconds in clock.read().items()}

    return run


def one_thread():
    """For TensorFlow, before anything runs."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def zoo(steps: int):
    """`Collect` and `fit`."""
    one_thread()
    import keras

    import zoo865
    from zoo865.batches.collect import Collect
    from zoo865.models.dqn import build_dqn

    data = zoo865.load_data(f"gym:{ENVIRONMENT}")
    model = build_dqn(observation_shape=(4,), actions=2, hidden=UNITS, normalize=False)
    batches = Collect(steps=steps, steps_per_update=4, replay=REPLAY, warm_up=WARM_UP, target_every=250)
    feed = batches.open(data, batch_size=BATCH, seed=0, model=model, steps_together=50)
    model.compile(keras.optimizers.Adam(1e-3, global_clipnorm=10.0), steps_per_execution=50)

    def act():
        feed.begin_epoch(feed.epoch + 1)
        model.fit(feed.dataset, shuffle=False, verbose=0)

    return per_1000(steps, act)


def stable_baselines3(steps: int):
    """Its DQN."""
    import torch
    from stable_baselines3 import DQN
    from stable_baselines3.common.env_util import make_vec_env

    torch.set_num_threads(1)
    model = DQN(
        "MlpPolicy",
        make_vec_env(ENVIRONMENT, ENVIRONMENTS),
        learning_rate=1e-3,
        buffer_size=REPLAY,
        learning_starts=WARM_UP,
        batch_size=BATCH,
        train_freq=1,
        gradient_steps=2,
        target_update_interval=1000,
        policy_kwargs={"net_arch": list(UNITS)},
        device="cpu",
    )
    return per_1000(steps, lambda: model.learn(steps, reset_num_timesteps=False))


def tutorial(steps: int):
    """The loop of TF-Agents' DQN tutorial."""
    one_thread()
    import gymnasium
    import numpy as np

    from zoo865.agents.tf_agents_import import tf_agents

    environments, specs = tf_agents("environments.py_environment"), tf_agents("specs.array_spec")
    moments, keras2 = tf_agents("trajectories.time_step"), __import__("tf_keras")

    class CartPole(environments.PyEnvironment):
        def __init__(self):
            super().__init__()
            self.environment, self.over = gymnasium.make(ENVIRONMENT), True

        def observation_spec(self):
            return specs.ArraySpec((4,), np.float32)

        def action_spec(self):
            return specs.BoundedArraySpec((), np.int64, 0, 1)

        def _reset(self):
            self.over = False
            return moments.restart(self.environment.reset()[0])

        def _step(self, action):
            if self.over:
                return self.reset()
            observation, reward, terminated, truncated, _ = self.environment.step(int(action))
            self.over = terminated or truncated
            if terminated:
                return moments.termination(observation, reward)
            return moments.truncation(observation, reward) if truncated else moments.transition(observation, reward)

    environment = CartPole()
    wrapped = tf_agents("environments.tf_py_environment").TFPyEnvironment(environment)
    common = tf_agents("utils.common")
    network = tf_agents("networks.q_network").QNetwork(
        wrapped.observation_spec(), wrapped.action_spec(), fc_layer_params=UNITS
    )
    agent = tf_agents("agents.dqn.dqn_agent").DqnAgent(
        wrapped.time_step_spec(),
        wrapped.action_spec(),
        q_network=network,
        optimizer=keras2.optimizers.legacy.Adam(1e-3),
        td_errors_loss_fn=common.element_wise_squared_loss,
    )
    agent.initialize()
    agent.train = common.function(agent.train)
    replay = tf_agents("replay_buffers.tf_uniform_replay_buffer").TFUniformReplayBuffer(
        agent.collect_data_spec, batch_size=1, max_length=REPLAY
    )
    nest = tf_agents("utils.nest_utils")
    policy = tf_agents("policies.py_tf_eager_policy").PyTFEagerPolicy(agent.collect_policy, use_tf_function=True)
    driver = tf_agents("drivers.py_driver").PyDriver(
        environment, policy, [lambda trajectory: replay.add_batch(nest.batch_nested_array(trajectory))], max_steps=4
    )
    state = {"moment": environment.reset()}
    examples = iter(replay.as_dataset(sample_batch_size=BATCH, num_steps=2).prefetch(3))

    def act(count=steps, learn=True):
        for _ in range(count // 4):
            state["moment"], _ = driver.run(state["moment"])
            if learn:
                agent.train(next(examples)[0])

    act(WARM_UP, learn=False)
    return per_1000(steps, act)


def main(rounds: int):
    """Measures and saves."""
    ways = {
        "zoo865": (zoo, (16_000,)),
        "stable-baselines3": (stable_baselines3, (8000,)),
        "tutorial": (tutorial, (800,)),
    }
    measured = {name: [turn["result"] for turn in turns] for name, turns in interleaved(ways, rounds).items()}
    found = ratios(measured, [("stable-baselines3", "zoo865"), ("tutorial", "zoo865")])
    rates = {
        name: {clock: round(1000 * len(turns) / sum(turn[clock] for turn in turns)) for clock in ("cpu", "wall")}
        for name, turns in measured.items()
    }
    save("agent_speed", threads=1, steps_per_second=rates, ratios=found, measured=measured)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    main(parser.parse_args().rounds)
