"""The losses of DQN and C51 against the papers, and values against those that a corridor has."""

import keras
import numpy as np
import pytest
import scipy.special
import scipy.stats

import zoo865

gymnasium = pytest.importorskip("gymnasium")

from zoo865.agents.dqn import DQN, ValueAgent  # noqa: E402
from zoo865.agents.policy import values_of  # noqa: E402
from zoo865.batches.collect import Collect  # noqa: E402
from zoo865.models.c51 import build_c51  # noqa: E402
from zoo865.models.dqn import build_dqn, build_network  # noqa: E402
from zoo865.tasks.control import Control  # noqa: E402
from zoo865.training import checkpoint  # noqa: E402

pytestmark = pytest.mark.agents


def transitions(count=32, seed=0):
    random = np.random.default_rng(seed)
    arrays = {
        "observation": random.normal(size=(count, 4)),
        "action": random.integers(0, 3, count),
        "reward": 3 * random.normal(size=count),
        "discount": random.choice([0, 0.5, 1], count),
        "next_observation": random.normal(size=(count, 4)),
        "weight": random.random(count),
    }
    return {name: array.astype("int32" if name == "action" else "float32") for name, array in arrays.items()}


@pytest.mark.parametrize("double", [True, False])
def test_the_loss_is_that_of_the_papers(double):
    import tensorflow as tf

    network, target = (build_network((4,), 3, hidden=(16,), name=name) for name in ("network", "target"))
    model, x = DQN(network, target, ValueAgent(network, target, double=double, gamma=0.9)), transitions()
    for variable in target.variables:
        variable.assign(np.random.default_rng(1).normal(size=variable.shape))
    values, after, after_target = (
        network(x["observation"]),
        network(x["next_observation"]),
        target(x["next_observation"]),
    )
    best = np.argmax(after if double else after_target, -1)
    rows = np.arange(len(best))
    wanted = x["reward"] + 0.9 * x["discount"] * after_target.numpy()[rows, best]
    error = np.abs(wanted - values.numpy()[rows, x["action"]])
    huber = np.where(error < 1, error**2 / 2, error - 0.5)
    tensors = {name: tf.constant(array) for name, array in x.items()}
    loss = model.compute_loss(x=tensors, y_pred=model(tensors))
    assert float(loss) == pytest.approx(float((huber * x["weight"]).mean()), rel=1e-5)


def test_the_target_moves_as_far_as_it_is_told():
    network, target = (build_network((4,), 3, hidden=(16,), name=name) for name in ("network", "target"))
    model = DQN(network, target, ValueAgent(network, target, double=True, gamma=0.9))
    before = [np.array(variable) for variable in target.variables]
    for variable in network.variables:
        variable.assign(variable + 1.0)
    model.update_target(0.25)
    for old, now in zip(before, target.variables, strict=True):
        np.testing.assert_allclose(now, old + 0.25, rtol=1e-5)
    assert model(np.zeros((1, 4), "float32")).shape == (1, 3)


class Corridor(gymnasium.Env):
    """Five places in a row, begun anywhere but at the last; a step to the last one brings 1 and ends."""

    observation_space = gymnasium.spaces.Discrete(5)
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = int(self.np_random.integers(4))
        return self.place, {}

    def step(self, action):
        self.place = max(0, self.place + (1 if action else -1))
        return self.place, float(self.place == 4), self.place == 4, False, {}


gymnasium.register("Corridor-v0", Corridor, max_episode_steps=6)


def learn(tmp_path, data, **batches):
    """A table of values, for observations are one-hot and the network has no hidden layer."""
    settings = {
        "environments": 4,
        "steps": 1600,
        "steps_per_update": 1,
        "warm_up": 400,
        "replay": 4000,
        "exploration": 1,
    }
    recipe = zoo865.Recipe(
        task=Control(most_steps=30),
        data=data,
        batches=Collect(**{**settings, "epsilon": 1.0, "target_every": 32, **batches}),
        batch_size=64,
        model=build_dqn,
        model_args={"hidden": (), "gamma": 0.8, "normalize": False},
        phases=(zoo865.Phase("train", 3, zoo865.Optimizer("adam", 0.03, "linear"), train=("network",)),),
        steps_per_execution=32,
        backends=("tensorflow",),
        name="corridor",
    )
    return zoo865.train(recipe, run_dir=tmp_path / "run")


@pytest.mark.parametrize("priority", [0.0, 0.6])
def test_the_values_of_a_corridor_are_found(tmp_path, priority):
    """Right: 0.8 ** (steps to the end - 1); left: 0.8 times the best there. A time limit changes nothing of it."""
    run = learn(tmp_path, "gym:Corridor-v0", n_step=1, priority=priority)
    right = 0.8 ** np.arange(3, -1, -1)
    left = 0.8 * right[[0, 0, 1, 2]]
    found = np.asarray(run.model.network(np.eye(5, dtype="float32")))[:4]
    np.testing.assert_allclose(found, np.stack([left, right], 1), atol=0.01)
    priorities = checkpoint.read(run.path / "checkpoints" / "last.npz")[0]["feed|priorities"]
    assert (len(np.unique(priorities)) > 2) == bool(priority)
    assert run.metrics["test"]["return_mean"] == 1
    assert run.metrics["test"]["evaluation_steps"] <= 4 * 100


def test_the_same_seed_gives_the_same_run(tmp_path):
    one, other = (learn(tmp_path / name, "gym:Corridor-v0", steps=640) for name in "ab")
    for mine, theirs in zip(one.model.variables, other.model.variables, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert [row["return"] for row in one.history] == [row["return"] for row in other.history]


def test_the_loss_of_c51_is_that_of_the_paper():
    """Against the projection of Bellemare et al. 2017, algorithm 1, atom by atom."""
    import tensorflow as tf

    model = build_c51(observation_shape=(4,), actions=3, lowest=-2.0, highest=4.0, atoms=7, hidden=(16,), gamma=0.9)
    x = transitions()
    for number, variable in enumerate(model.target.variables):
        variable.assign(np.random.default_rng(number).normal(size=variable.shape))
    logits = {name: getattr(model, name).get_layer("logits") for name in ("network", "target")}
    now, after = (
        keras.Model(getattr(model, name).input, logits[name].output)(x[observation]).numpy().astype("float64")
        for name, observation in (("network", "observation"), ("target", "next_observation"))
    )
    atoms, losses = np.linspace(-2, 4, 7), []
    for row in range(len(now)):
        chances = scipy.special.softmax(after[row], -1)
        chances = chances[np.argmax(chances @ atoms)]
        wanted = np.zeros(7)
        for atom, chance in zip(atoms, chances, strict=True):
            at = np.clip(x["reward"][row] + 0.9 * x["discount"][row] * atom, -2, 4) + 2
            below, above = int(np.floor(at)), int(np.ceil(at))
            wanted[below] += chance * (above - at if above > below else 1)
            wanted[above] += chance * (at - below)
        losses.append(-(wanted * scipy.special.log_softmax(now[row, x["action"][row]])).sum())
    tensors = {name: tf.constant(array) for name, array in x.items()}
    loss = model.compute_loss(x=tensors, y_pred=model(tensors))
    assert float(loss) == pytest.approx(np.mean(losses), rel=1e-5)
    means = scipy.special.softmax(now, -1) @ atoms
    np.testing.assert_allclose(model.network(x["observation"]), means, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(4,), (10, 10, 4)])
@pytest.mark.parametrize("form", [{}, {"normalize": False}, {"dueling": True}])
def test_acting_is_the_network(shape, form):
    network = build_network(shape, 3, hidden=(8, 8), convolutions=((4, 3, 2), (5, 2, 1)), **form)
    for number, variable in enumerate(network.variables):
        variable.assign(np.random.default_rng(number).normal(size=variable.shape))
    some = np.random.default_rng(0).normal(size=(9, *shape)).astype("float32")
    np.testing.assert_allclose(values_of(network)(some), network(some), rtol=1e-4, atol=1e-4)


def test_dueling_advantages_are_centred():
    network = build_network((4,), 3, hidden=(8,), dueling=True)
    some = np.random.default_rng(0).normal(size=(9, 4)).astype("float32")
    value = keras.Model(network.input, network.get_layer("value").output)(some)
    np.testing.assert_allclose(np.mean(network(some), -1), value[:, 0], atol=1e-5)
