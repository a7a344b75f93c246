"""Seconds of training until an agent's greedy policy first earns 475 of 500 on CartPole-v1.

    python benchmarks/time_to_return.py

`dqn_cartpole` runs as it is, with its checkpoints and its first compilation. The peer is stable-baselines3's DQN with
the settings of its zoo for CartPole (https://github.com/DLR-RM/rl-baselines3-zoo, hyperparams/dqn.yml), 50,000 steps at
most; where it does not get there, its seconds until then count. It is asked every 2,400 environment steps, ours every
2,368, by 50 new episodes; seconds in which they are asked count for neither. One thread each.
"""

import argparse
import tempfile

from agent_speed import one_thread
from interleave import Clock, interleaved, ratios, save

TARGET, EPISODES, EVERY, MOST = 475, 50, 2400, 50_000
FIRST_SEED = 30  # no smaller one: those helped to choose the recipe


def zoo():
    """The zoo's recipe, ended at the target."""
    one_thread()
    import zoo865
    from zoo865.tasks import control
    from zoo865.training import loop

    recipe = zoo865.get_recipe("dqn_cartpole").override({"phases.train.stop_at": TARGET})
    play, measure_at_the_end = control.play, loop.measure_at_the_end

    def run(number):
        clock, ended = Clock(), {}
        control.play = clock.aside(play)

        def measure_later(run, **arguments):
            ended.update(clock.read())
            measure_at_the_end(run, **arguments)

        loop.measure_at_the_end = measure_later
        with tempfile.TemporaryDirectory() as folder:
            trained = zoo865.train(recipe, seed=FIRST_SEED + number, run_dir=f"{folder}/run")
            returns = [row["val_return_mean"] for row in trained.history]
        return {**ended, "returns": returns, "reached": returns[-1] >= TARGET}

    return run


def stable_baselines3():
    """Its DQN with its zoo's settings."""
    import torch
    from stable_baselines3 import DQN
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.evaluation import evaluate_policy

    torch.set_num_threads(1)
    asked = make_vec_env("CartPole-v1", 25, seed=1000)

    class Ask(BaseCallback):
        def __init__(self, clock, returns):
            super().__init__()
            self.evaluate, self.returns = clock.aside(evaluate_policy), returns

        def _on_step(self):
            if self.num_timesteps % EVERY == 0:
                self.returns.append(float(self.evaluate(self.model, asked, EPISODES)[0]))
            return not self.returns or self.returns[-1] < TARGET

    def run(number):
        clock, returns = Clock(), []
        model = DQN(
            "MlpPolicy",
            "CartPole-v1",
            learning_rate=2.3e-3,
            batch_size=64,
            buffer_size=100_000,
            learning_starts=1000,
            gamma=0.99,
            target_update_interval=10,
            train_freq=256,
            gradient_steps=128,
            exploration_fraction=0.16,
            exploration_final_eps=0.04,
            policy_kwargs={"net_arch": [256, 256]},
            seed=FIRST_SEED + number,
            device="cpu",
        )
        model.learn(MOST, callback=Ask(clock, returns))
        return {**clock.read(), "returns": returns, "reached": returns[-1] >= TARGET}

    return run


def main(rounds: int):
    """Measures seeds 30, 31, ... and saves."""
    ways = {"zoo865": (zoo, ()), "stable-baselines3": (stable_baselines3, ())}
    measured = {name: [turn["result"] for turn in turns] for name, turns in interleaved(ways, rounds, 0).items()}
    reached = {"zoo865": all(found["reached"] for found in measured["zoo865"])}
    peer = sum(found["reached"] for found in measured["stable-baselines3"])
    found = ratios(measured, [("stable-baselines3", "zoo865")])
    save(
        "time_to_return", threads=1, target=TARGET, reached=reached, peer_reached=peer, ratios=found, measured=measured
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="seeds 30, 31, ...")
    main(parser.parse_args().rounds)
