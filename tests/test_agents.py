"""Environments and the memory of them, against a walk step by step, and the door to TF-Agents."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import scipy.special
import scipy.stats
from PIL import Image

import zoo865
from zoo865.agents.replay import Replay

gymnasium = pytest.importorskip("gymnasium")

from zoo865.agents import environments  # noqa: E402
from zoo865.agents.dqn import DQN, ValueAgent  # noqa: E402
from zoo865.agents.film import film  # noqa: E402
from zoo865.agents.policy import values_of  # noqa: E402
from zoo865.batches.collect import Collect  # noqa: E402
from zoo865.models.c51 import build_c51  # noqa: E402
from zoo865.models.dqn import TINY, build_dqn, build_network  # noqa: E402
from zoo865.tasks.control import Control  # noqa: E402
from zoo865.training import checkpoint  # noqa: E402
from zoo865.training.build import build_model  # noqa: E402

pytestmark = pytest.mark.agents


def walk(replay, steps, seed=0, lengths=(3, 9)):
    """Fills a replay with made-up episodes; gives them as lists of (observation, action, reward, ends ..., after)."""
    random = np.random.default_rng(seed)
    count = replay.action.shape[1]
    now, left, fresh = 1000.0 * np.arange(count), random.integers(*lengths, count), np.zeros(count, bool)
    told = [[[]] for _ in range(count)]
    for step in range(steps):
        observation, action, reward = now.copy(), random.integers(0, 3, count), random.normal(size=count)
        terminated, truncated = np.zeros(count, bool), np.zeros(count, bool)
        starts = ~fresh
        for one in range(count):
            if fresh[one]:  # the step that resets: its action is ignored
                now[one], left[one] = 1000 * one + step + 1, random.integers(*lengths)
                told[one].append([])
            else:
                left[one] -= 1
                terminated[one] = left[one] == 0 and random.random() < 0.5
                truncated[one] = left[one] == 0 and not terminated[one]
                now[one] = 1000 * one + step + 1
                told[one][-1].append(
                    (observation[one], action[one], reward[one], terminated[one], truncated[one], now[one])
                )
        fresh = terminated | truncated
        replay.add(observation[:, None], action, reward, terminated, truncated, starts)
    return told


def expected(episode, start, n_step, gamma):
    """reward, discount, next observation of the transition that starts at a step of an episode; None beyond its end."""
    total, discount = 0.0, gamma ** (n_step - 1)
    for k in range(n_step):
        if start + k >= len(episode):
            return None
        _, _, reward, terminated, truncated, after = episode[start + k]
        total += gamma**k * reward
        if terminated or truncated:
            return total, 0.0 if terminated else gamma**k, after
    return total, discount, after


@pytest.mark.parametrize("n_step", [1, 3])
@pytest.mark.parametrize("steps", [30, 130])  # before the ring is full, and when it has gone round
def test_transitions_are_those_of_a_walk_through_the_episodes(n_step, steps):
    replay = Replay(40 * 4, 4, (1,), "float32", n_step=n_step, gamma=0.9)
    known = {}
    for episodes in walk(replay, steps):
        for episode in episodes:
            for start, (observation, action, *_) in enumerate(episode):
                known[observation, action] = expected(episode, start, n_step, 0.9)
    drawn = replay.sample(4000, np.random.default_rng(1))
    seen = set()
    for observation, action, reward, discount, after in zip(
        *(drawn[name] for name in ("observation", "action", "reward", "discount", "next_observation")), strict=True
    ):
        found = known[observation[0], action]
        assert found is not None
        np.testing.assert_allclose((reward, discount, after[0]), found, rtol=1e-5)
        seen.add(observation[0])
    assert len(seen) == len(replay)
    ended = [drawn["discount"] == value for value in (0.0, 0.9 ** (n_step - 1))]
    assert all(which.any() for which in ended)


def test_what_is_broken_off_bootstraps_from_what_was_seen_last():
    replay = Replay(40, 1, (1,), "float32", n_step=3, gamma=0.5)
    for step in range(4):
        replay.add([[step]], 0, 1.0, False, False, True)
    replay.break_off([[4]])
    for step in range(10, 20):
        replay.add([[step]], 0, 100.0, False, False, True)
    drawn = replay.sample(2000, np.random.default_rng(0))
    by_start = {row[0]: index for index, row in enumerate(drawn["observation"])}
    for start, (reward, discount, after) in {0: (1.75, 0.25, 3), 2: (1.5, 0.5, 4), 3: (1, 1, 4)}.items():
        index = by_start[start]
        assert (drawn["reward"][index], drawn["discount"][index]) == pytest.approx((reward, discount))
        assert drawn["next_observation"][index] == after
    assert 4 not in by_start


def test_what_surprises_is_drawn_in_proportion():
    replay = Replay(30, 1, (1,), "float32", priority=0.7)
    for step in range(20):
        replay.add([[step]], 0, 0.0, False, False, True)
    surprise = np.arange(1.0, 20.0)
    replay.surprised(np.arange(19), -surprise)
    drawn = replay.sample(20_000, np.random.default_rng(0))
    odds = surprise**0.7
    counts = np.bincount(drawn["place"], minlength=19)
    assert scipy.stats.chisquare(counts, 20_000 * odds / odds.sum()).pvalue > 0.001
    np.testing.assert_allclose(drawn["weight"] * odds[drawn["place"]] ** 0.5, 1.0, rtol=1e-4)


def test_a_memory_comes_back_as_it_was():
    one, other = (Replay(60, 2, (1,), "float32", n_step=2, priority=0.5) for _ in range(2))
    walk(one, 50)
    other.restore(one.state())
    drawn, again = (replay.sample(50, np.random.default_rng(3)) for replay in (one, other))
    for name, values in drawn.items():
        np.testing.assert_array_equal(values, again[name])


@pytest.mark.parametrize(
    ("name", "shape", "dtype", "actions"),
    [
        ("CartPole-v1", (4,), "float32", 2),
        ("FrozenLake-v1", (16,), "float32", 4),  # Discrete
        ("Blackjack-v1", (32 + 11 + 2,), "float32", 2),  # a tuple
    ],
)
def test_observations_are_one_array(name, shape, dtype, actions):
    made = environments.make(name, 3)
    assert environments.observation_of(made) == (shape, dtype)
    assert made.single_action_space.n == actions
    first = environments.reset(made, [1, 2, 3])
    assert (first.shape, str(first.dtype)) == ((3, *shape), dtype)
    np.testing.assert_array_equal(first, environments.reset(made, [1, 2, 3]))


class Mixed(gymnasium.Env):
    """Shows a dictionary: a place of three, and two numbers."""

    observation_space = gymnasium.spaces.Dict(
        {"place": gymnasium.spaces.Discrete(3), "speed": gymnasium.spaces.Box(-9, 9, (2,))}
    )
    action_space = gymnasium.spaces.Discrete(2, start=-1)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return {"place": 1, "speed": np.array([7, -8], "float32")}, {}

    def step(self, action):
        assert action in (-1, 0)
        return {"place": 2, "speed": np.array([action, 0], "float32")}, 1.0, True, False, {}


def test_dictionaries_and_actions_that_begin_elsewhere():
    gymnasium.register("Mixed-v0", Mixed)
    made = environments.make("Mixed-v0", 2)
    np.testing.assert_array_equal(environments.reset(made, [0, 1]), [[0, 1, 0, 7, -8]] * 2)
    after, *_ = environments.step(made, np.array([0, 1]), "")
    np.testing.assert_array_equal(after, [[0, 0, 1, -1, 0], [0, 0, 1, 0, 0]])


def test_the_last_observation_is_the_last():
    made = environments.make("CartPole-v1", 1)
    environments.reset(made, [0])
    for _ in range(200):
        observation, _, terminated, _, _ = made.step(np.array([1]))
        if terminated[0]:
            break
    assert abs(observation[0, 2]) > 0.2  # beyond the angle at which an episode ends
    again, reward, terminated, truncated, _ = made.step(np.array([1]))
    assert (reward[0], terminated[0], truncated[0]) == (0, False, False)
    assert abs(again[0]).max() < 0.06


class Broken(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(-1, 1, (2,))
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        return np.full(2, np.nan, "float32"), {}


class Listing(Broken):
    observation_space = gymnasium.spaces.Sequence(gymnasium.spaces.Discrete(3))


class Lacking(Broken):
    def __init__(self):
        raise gymnasium.error.DependencyNotInstalled("no foo here")


gymnasium.register("Listing-v0", Listing)
gymnasium.register("Lacking-v0", Lacking)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Pendulum-v1", "Box"),
        ("CartPol-v1", "CartPole-v1"),
        ("nothing:Here-v0", "No module named 'nothing'.*; is its package installed"),
        ("LunarLander-v2", "LunarLander-v3"),
        ("Taxi-v3", "Taxi-v4"),
        ("Ant-v3", "no environment 'Ant-v3'"),
        ("MinAtar/Breakot-v1", "Breakout"),
        ("Lacking-v0", "environment Lacking-v0 lacks a package: no foo here; install it"),
        ("what is this", "Malformed"),
        ("", "Malformed"),
        ("own:Own-v0", "gym:own.py:Own-v0"),
        ("Listing-v0", "Sequence"),
    ],
)
def test_environments_that_cannot_be(name, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("")
    with pytest.raises(zoo865.ZooError, match=said) as error:
        environments.make(name)
    assert "\n" not in str(error.value)


def test_observations_that_are_no_numbers():
    gymnasium.register("Broken-v0", Broken)
    with pytest.raises(zoo865.ZooError, match="no number at the start"):
        environments.reset(environments.make("Broken-v0"), [0])


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_tf_agents_has_keras_2_and_everybody_else_keras_3():
    done = python(
        "import tensorflow as tf, keras, zoo865\n"
        "before = tf.keras.layers.Dense\n"
        "from zoo865.agents.door import tf_agents\n"
        "agent, network = tf_agents('agents.dqn.dqn_agent'), tf_agents('networks.q_rnn_network')\n"
        "assert before is tf.keras.layers.Dense is keras.layers.Dense and keras.__version__ > '3'\n"
        "import tf_keras, sys\n"
        "assert agent.tf.keras.layers.Dense is tf_keras.layers.Dense is network.tf.compat.v2.keras.layers.Dense\n"
        "assert agent.tf.reduce_sum is tf.reduce_sum and 'gym' not in sys.modules\n"
    )
    assert done.returncode == 0, done.stderr


def test_tf_agents_imported_before():
    done = python(
        "import sys, types; sys.modules['tf_agents'] = types.ModuleType('tf_agents')\n"
        "sys.modules['tf_agents'].__spec__ = types.ModuleType('spec')\n"
        "import zoo865; from zoo865.agents.door import tf_agents\n"
        "try: tf_agents('agents')\n"
        "except zoo865.ZooError as error: print(error)\n"
    )
    assert "imported before" in done.stdout, done.stderr


def test_zoo865_alone_imports_no_agents():
    done = python(
        "import sys, zoo865, zoo865.workflow; print({'tf_agents', 'gymnasium', 'tf_keras'} & set(sys.modules))"
    )
    assert done.stdout.strip() == "set()", done.stderr


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
    surprise = checkpoint.read(run.path / "checkpoints" / "last.npz")[0]["feed|surprise"]
    assert (len(np.unique(surprise)) > 2) == bool(priority)
    assert run.metrics["test"]["return_mean"] == 1
    assert run.metrics["test"]["evaluation_steps"] <= 4 * 100


def test_the_same_seed_gives_the_same_run(tmp_path):
    one, other = (learn(tmp_path / name, "gym:Corridor-v0", steps=640) for name in "ab")
    for mine, theirs in zip(one.model.variables, other.model.variables, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert [row["return"] for row in one.history] == [row["return"] for row in other.history]


def test_an_agent_is_asked_by_the_command_line(zoo, tiny_run, tmp_path):
    run = tiny_run("dqn_cartpole")
    film = tmp_path / "episode.gif"
    code, out, err = zoo("play", run.path, "--episodes", 3, "--out", film, "--json")
    assert code == 0, err
    played = json.loads(out)
    assert played["episodes"] == len(played["returns"]) == 3
    assert played["return_mean"] == pytest.approx(np.mean(played["returns"]))
    assert played["steps"] == sum(played["returns"])  # CartPole gives 1 a step
    with Image.open(film) as pictures:
        assert pictures.n_frames > 5
    again = json.loads(zoo("play", run.path, "--episodes", 3, "--json")[1])
    assert again["returns"] == played["returns"]
    code, out, err = zoo("bench", run.path, "--batch", "1", "--seconds", "0.2", "--json")
    assert code == 0, err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["train", "dqn_cartpole", "--data", "generated_digits"], "no environment"),
        (["train", "dqn_cartpole", "--data", "gym:Pendulum-v1"], "Box"),
        (["train", "dqn_cartpole", "--data", "gym:CartPol-v1"], "CartPole-v1"),
        (["train", "dqn_cartpole", "--set", "batches.environments=0"], "environments must be at least 1, not 0"),
        (["train", "dqn_cartpole", "--set", "batches.warm_up=8"], "at least 40, not 8; 5 steps in each of 8"),
        (["train", "dqn_cartpole", "--set", "batches.epsilon=5"], "epsilon must be at most 1, not 5"),
        (["train", "dqn_cartpole", "--set", "batches.target_share=-1"], "target_share must be at least 0"),
        (["play", "dqn_cartpole", "--seed", -1], "seed -1; give one from 0 to 102"),
        (["play", "dqn_cartpole", "--seed", 103], "seed 103"),
        (["predict", "dqn_cartpole", "[0, 0, 0]"], "no observation of shape (4,)"),
        (["predict", "dqn_cartpole", "left"], "no observation"),
        (["predict", "dqn_cartpole", "[0, 0, 0, NaN]"], "no observation"),
        (["train", "mnist_cnn", "--data", "gym:CartPole-v1"], "no images"),
    ],
)
def test_what_agents_cannot_do_costs_one_line(zoo, command, said):
    code, _, err = zoo(*command)
    assert (code, err.count("\n")) == (2, 1), err
    assert said in err


def test_an_agent_is_asked_about_an_observation(zoo):
    code, out, err = zoo("predict", "dqn_cartpole", "[0, 0, 0.1, 0]", "[0, 0, -0.1, 0]", "--json")
    assert code == 0, err
    assert [answer["action"] for answer in json.loads(out)] == [1, 0]  # under the pole that falls


def test_only_agents_play(zoo, tiny_run):
    code, _, err = zoo("play", tiny_run("mnist_cnn").path)
    assert (code, err.count("\n")) == (2, 1)
    assert "no agent" in err


@pytest.mark.parametrize("data", ["gym:MountainCar-v0", "gym:FrozenLake-v1"])
def test_other_environments(tmp_path, data):
    small = {"data": data, "epochs": 1, "batches.steps": 800}
    run = zoo865.make(zoo865.get_recipe("dqn_cartpole").smallest().override(small), run_dir=tmp_path / "run")
    assert np.isfinite(run.metrics["test"]["return_mean"])
    assert not (run.path / "figures" / "values.png").exists()  # nobody said which numbers to show


def test_more_copies_than_steps_between_updates(tmp_path):
    """They step less often, and no fewer steps in all."""
    recipe = (
        zoo865.get_recipe("dqn_cartpole").smallest().override({"batches.environments": 128, "batches.warm_up": 1000})
    )
    assert recipe.steps_per_execution * recipe.batches.steps_per_update < 128
    run = zoo865.train(recipe, run_dir=tmp_path / "run")
    done = checkpoint.read(run.path / "checkpoints" / "last.npz")[0]["feed|done"]
    wanted = 1000 + sum(phase.epochs for phase in recipe.phases) * recipe.batches.steps
    assert wanted - 256 < done < wanted + 3 * 128


def test_a_long_episode_is_thinned(monkeypatch):
    monkeypatch.setattr("zoo865.agents.film.MOST_PICTURES", 10)

    def values(seen):  # balances: pushes where the pole falls
        return np.stack([-seen[:, 2] - seen[:, 3], seen[:, 2] + seen[:, 3]], 1)

    whole, every, steps = film("CartPole-v1", 3, values, most_steps=7)
    assert (len(whole), every, steps) == (7, 1, 7)
    pictures, every, steps = film("CartPole-v1", 3, values, most_steps=50)
    assert (len(pictures), every, steps) == (7, 8, 50)
    np.testing.assert_array_equal(pictures[0], whole[0])


def test_without_gymnasium():
    done = python(
        "import sys; sys.modules['gymnasium'] = None\n"
        "sys.argv = ['zoo865', 'train', 'dqn_cartpole']\n"
        "from zoo865.cli.main import main; main()"
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "agents need gymnasium, not installed; pip install" in done.stderr


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


class Untrue(gymnasium.Env):
    """Breaks its word after some steps, in one way or another."""

    observation_space = gymnasium.spaces.Box(-1, 1, (2,))
    action_space = gymnasium.spaces.Discrete(2)
    before, after = (np.zeros(2, "float32"), 0.0), (np.zeros(3, "float32"), 0.0)

    def reset(self, *, seed=None, options=None):
        self.left = 300
        return self.before[0], {}

    def step(self, action):
        self.left -= 1
        observation, reward = self.after if self.left <= 0 else self.before
        return observation, reward, False, False, {}


class Growing(Untrue):
    pass


class Blind(Untrue):
    after = np.full(2, np.nan, "float32"), 0.0


class Priceless(Untrue):
    after = np.zeros(2, "float32"), np.nan


class Unpaid(Untrue):
    after = np.zeros(2, "float32"), "a lot"


class Longer(Untrue):
    before = (np.zeros(3, "float32"), 0.0)


class Elsewhere(Untrue):
    observation_space = gymnasium.spaces.Discrete(3)
    before, after = (1, 0.0), (7, 0.0)


class Buggy(Untrue):
    """Its own code is wrong: whoever wrote it wants to see where."""

    def step(self, action):
        return np.zeros(2) + np.zeros(3), 0.0, False, False, {}


for kind in (Growing, Blind, Priceless, Unpaid, Longer, Elsewhere, Buggy):
    gymnasium.register(f"{kind.__name__}-v0", kind)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Growing, r"does not fit its observation_space.*shape \(2,\)"),
        (Blind, "observation that is no number after 300 steps"),
        (Priceless, "reward that is no number"),
        (Unpaid, "is no reward"),
        (Longer, "at the start does not fit"),
        (Elsewhere, "does not fit its observation_space"),
    ],
)
def test_environments_that_break_their_word(kind, said):
    def live():
        made = environments.make(f"{kind.__name__}-v0", 2)
        environments.reset(made, [0, 1])
        for done in range(1, 400):
            environments.step(made, np.zeros(2, int), f"after {done} steps")

    with pytest.raises(zoo865.ZooError, match=said):
        live()


def test_an_environment_s_own_error_is_its_own():
    made = environments.make("Buggy-v0", 2)
    environments.reset(made, [0, 1])
    with pytest.raises(ValueError, match="broadcast"):
        environments.step(made, np.zeros(2, int), "")


@pytest.mark.parametrize("name", ["Growing", "Blind"])
def test_what_breaks_in_the_middle_of_training_costs_one_line(zoo, name):
    code, out, err = zoo("train", "dqn_cartpole", "--data", f"gym:{name}-v0", "--run-dir", "run")
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert "steps" in err


def test_gymnasium_s_check_gives_advice():
    assert any("super().reset(seed=seed)" in line for line in environments.advice("Growing-v0"))
    assert environments.advice("FrozenLake-v1") == []


def test_atari_is_seen_as_in_the_paper():
    pytest.importorskip("ale_py")
    pytest.importorskip("cv2")
    made = environments.make("ALE/Pong-v5", 2)
    assert environments.observation_of(made) == ((84, 84, 4), "uint8")
    first = environments.reset(made, [0, 1])
    for _ in range(5):
        after, *_ = environments.step(made, np.array([2, 3]), "")
    assert after.shape == first.shape == (2, 84, 84, 4)
    assert (after[..., 0] != after[..., 3]).any()  # moments after each other


@pytest.mark.slow
def test_atari_learns_something(tmp_path):
    """Assault, the first 100 steps: three seeds came to 78, 83 and 78; three untrained networks to 0, 16 and 32."""
    pytest.importorskip("ale_py")
    pytest.importorskip("cv2")
    settings = {"data": "gym:ALE/Assault-v5", "epochs": 2, "task.most_steps": 100, "model_args.hidden": [128]}
    batches = {"steps": 1600, "warm_up": 400, "replay": 4000, "exploration": 1500, "steps_per_update": 8}
    recipe = zoo865.get_recipe("dqn").override(
        {**settings, **{f"batches.{name}": value for name, value in batches.items()}}
    )
    run = zoo865.make(recipe, run_dir=tmp_path / "run")
    untrained = recipe.task.measure(build_model(run.recipe, run.spec), run.data, "validation")
    assert run.metrics["validation"]["return_mean"] > 1.5 * untrained["return_mean"]


def test_training_ends_at_its_goal(tmp_path):
    """And a run that was killed when it had reached it has nothing left to train."""
    recipe = zoo865.get_recipe("dqn_cartpole").smallest().override({"epochs": 4, "phases.train.stop_at": 20})
    whole = zoo865.train(recipe, run_dir=tmp_path / "whole", seed=7)
    reached = [row["val_return_mean"] >= 20 for row in whole.history]
    assert reached == [False] * (len(reached) - 1) + [True]
    assert len(reached) == whole.metrics["epochs"] < 4
    assert whole.metrics["finished"]
    metrics = whole.metrics
    (whole.path / "metrics.json").unlink()
    again = zoo865.resume(whole.path)
    assert [again.metrics[name] for name in ("epochs", "test")] == [metrics[name] for name in ("epochs", "test")]


def test_a_memory_too_large_for_checkpoints_is_filled_anew(tmp_path, monkeypatch):
    monkeypatch.setattr("zoo865.batches.collect.MOST_KEPT", 1000)
    recipe = zoo865.get_recipe("dqn_cartpole").smallest()
    run = zoo865.train(recipe, run_dir=tmp_path / "run")
    kept = checkpoint.read(run.path / "checkpoints" / "last.npz")[0]
    assert {name for name in kept if name.startswith("feed|")} == {"feed|done", "feed|drawn", "feed|moves"}
    feed = recipe.batches.open(run.data, batch_size=8, seed=0, model=run.model, steps_together=4)
    feed.restore(checkpoint.part_of(kept, "feed"))
    feed.begin_epoch(1)
    done = feed.done
    next(iter(feed.dataset))
    assert feed.done - done == recipe.batches.warm_up + 4 * recipe.batches.steps_per_update
    assert len(feed.replay) > 0


def test_the_report_shows_an_episode_and_what_the_agent_expects(tiny_run):
    run = tiny_run("dqn_cartpole")
    figures = {path.name for path in (run.path / "figures").iterdir()}
    assert {"curve_return.png", "returns.png", "episode.png", "episode.gif", "values.png"} <= figures
    assert "curve_epsilon.png" not in figures
    with Image.open(run.path / "figures" / "episode.gif") as film:
        assert film.n_frames > 5
    assert "data:image/gif;base64," in run.report_path.read_text()


def test_an_environment_is_described(zoo):
    code, out, err = zoo("info", "gym:CartPole-v1", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["observation"], told["actions"], told["most_steps"]) == ([[4], "float32"], 2, 500)
    assert 15 < told["random_return"]["mean"] < 35  # 22 by the textbook's account of a random player
    code, out, err = zoo("info", "dqn_lunarlander")
    assert code == 0, err
    assert "dense2_normalized" in out


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


def test_an_environment_of_one_s_own(tmp_path, zoo):
    """Neither a time limit nor pictures, numbers in two rows; what to do stands in the first."""
    (tmp_path / "own.py").write_text(OWN)
    settings = {"batches.steps": 2400, "batches.exploration": 1500, "batches.warm_up": 200, "batches.n_step": 1}
    command = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    run = tmp_path / "run"
    code, _, err = zoo("train", "dqn", "--data", "gym:own.py:Guess-v0", "--epochs", 2, *command, "--run-dir", run)
    assert code == 0, err
    _, out, _ = zoo("play", run, "--episodes", 40, "--json")
    played = json.loads(out)
    assert sum(played["returns"]) > 0.9 * played["steps"]  # right at nearly every step
    code, _, err = zoo("play", run, "--out", "film.gif")
    assert (code, err.count("\n")) == (2, 1)
    assert "cannot be drawn" in err


RECIPE = """
from zoo865.recipe import recipe
from zoo865.models.dqn import dqn


@recipe
def guess():
    return dqn().override({**dqn().tiny, "data": "gym:Guess-v1", "epochs": 1})
"""


def test_runs_on_an_environment_of_one_s_own_open_anywhere(tmp_path, zoo):
    """Named by its file, or registered by the file of the recipe; in another process and directory."""
    (tmp_path / "own.py").write_text(OWN)
    own = OWN.replace('"Guess-v0", Guess', '"Guess-v1", functools.partial(Guess)').replace(
        "import", "import functools,", 1
    )
    (tmp_path / "my.py").write_text(own + RECIPE)
    tiny = ["--epochs", 1, *(part for name, value in TINY.items() for part in ("--set", f"{name}={json.dumps(value)}"))]
    named = zoo("train", "dqn", "--data", "gym:own.py:Guess-v0", *tiny, "--run-dir", "named")
    by_recipe = zoo("train", "my.py:guess", "--run-dir", "by_recipe")
    assert (named[0], by_recipe[0]) == (0, 0), named[2] + by_recipe[2]
    (tmp_path / "elsewhere").mkdir()
    for run in ("named", "by_recipe"):
        (tmp_path / run / "metrics.json").unlink()  # as if killed at the end
    code = "import json, zoo865; from zoo865.training.play import play\nfor run in ('../named', '../by_recipe'):\n"
    code += "    zoo865.resume(run)\n    print(json.dumps(play(run, episodes=2)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path / "elsewhere", check=False
    )
    assert done.returncode == 0, done.stderr
    played = [json.loads(line)["environment"] for line in done.stdout.splitlines()]
    assert played == [f"{tmp_path}/own.py:Guess-v0", "Guess-v1"]


def test_files_that_register_the_same_name(tmp_path):
    for reward in (1, 2):
        own = OWN.replace("right = float(", f"right = {reward}; float(").replace("Guess-v0", "Twice-v0")
        (tmp_path / f"{reward}.py").write_text(own)
    for reward in (1, 2, 1):
        made = environments.make(f"{tmp_path}/{reward}.py:Twice-v0")
        environments.reset(made, [0])
        assert environments.step(made, np.zeros(1, int), "")[1] == [reward]
