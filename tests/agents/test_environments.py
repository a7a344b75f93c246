"""Environments: what they give, whoever wrote them, and what is said where they break their word."""

import json

import numpy as np
import pytest
from own_environment import OWN

import zoo865

gymnasium = pytest.importorskip("gymnasium")

from zoo865.agents import environments  # noqa: E402
from zoo865.agents.film import film  # noqa: E402
from zoo865.cli.info import _print_environment  # noqa: E402
from zoo865.data.features import Action, Observation, feature_from_json  # noqa: E402
from zoo865.data.sets.environment import environment  # noqa: E402
from zoo865.data.spec import Spec  # noqa: E402
from zoo865.reporting.info import describe_environment  # noqa: E402
from zoo865.tasks.control import Control  # noqa: E402
from zoo865.user_code import import_file  # noqa: E402

pytestmark = pytest.mark.agents


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


@pytest.mark.parametrize(
    ("space", "shape", "dtype", "seen"),
    [  # the highest observation, as a network sees it
        (gymnasium.spaces.Box(0, 255, (3, 3, 1), np.uint8), (3, 3, 1), "uint8", 1),
        (gymnasium.spaces.Box(0, 5, (4,), np.uint8), (4,), "float32", 5),  # as of every other kind of number
        (gymnasium.spaces.Box(0, 5, (4,), np.int64), (4,), "float32", 5),
        (gymnasium.spaces.Box(0, np.array([255, 1], "uint8"), dtype=np.uint8), (2,), "float32", [255, 1]),
        (gymnasium.spaces.Box(0, 1, (4, 4), np.bool_), (4, 4), "bool", 1),
        (gymnasium.spaces.Box(-1, 1, (), np.float32), (1,), "float32", 1),
        (gymnasium.spaces.Box(0, 255, (), np.uint8), (1,), "uint8", 1),
        (gymnasium.spaces.MultiBinary(3), (3,), "float32", 1),
    ],
    ids=str,
)
def test_bytes_are_pixels_only_where_they_go_to_255(space, shape, dtype, seen):
    class Highest(gymnasium.Env):
        observation_space, action_space = space, gymnasium.spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            return getattr(space, "high", np.ones(3, "int8")).astype(space.dtype).reshape(space.shape), {}

    gymnasium.register("Highest-v0", Highest)
    made = environments.make("Highest-v0", 2)
    assert environments.observation_of(made) == (shape, dtype)
    given = environments.reset(made, [0, 1])
    assert (given.shape, str(given.dtype)) == ((2, *shape), dtype)
    np.testing.assert_array_equal(environments.as_seen(given), np.broadcast_to(np.float32(seen), given.shape))
    np.testing.assert_array_equal(environments.as_given(environments.as_seen(given), dtype), given)


spaces = gymnasium.spaces
BOX = spaces.Box(-9, 9, (2, 2), np.float32)


@pytest.mark.parametrize(
    "space",
    [
        spaces.Discrete(5),
        spaces.Discrete(5, start=-2),
        spaces.MultiDiscrete([3, 4]),
        spaces.MultiDiscrete([[3, 4], [2, 2]], start=[[0, 1], [-1, 7]]),
        spaces.Tuple([spaces.Discrete(32), spaces.Discrete(11), spaces.Discrete(2)]),
        spaces.Tuple([BOX, spaces.Discrete(3)]),
        spaces.Dict({"speed": BOX, "place": spaces.Discrete(3), "keys": spaces.MultiBinary(3)}),
        spaces.Dict({"own": spaces.Tuple([BOX, spaces.Dict({"b": spaces.Discrete(2), "a": BOX})]), "it": BOX}),
        spaces.Dict({"observation": BOX, "desired_goal": spaces.Discrete(2)}),
    ],
    ids=str,
)
def test_what_an_environment_gives_is_read_as_gymnasium_flattens_it(space):
    flat = spaces.flatten_space(space)
    feature = feature_from_json(Observation(flat.shape, "float32", environments._parts(space)).to_json(), "x")
    spec = Spec({"observation": feature}, {"action": Action(2)})
    space.seed(0)
    for _ in range(5):
        given = space.sample()
        wanted = spaces.flatten(space, given).astype("float32")
        as_json = json.dumps(given, default=lambda one: one.tolist())
        for form in (given, as_json, json.loads(as_json), wanted, wanted.tolist()):
            assert feature.is_one(form)
            np.testing.assert_array_equal(Control().preprocess(form, spec)[0]["observation"], wanted)
        named = {"observation": given}
        np.testing.assert_array_equal(Control().preprocess(named, spec)[0]["observation"], wanted)
    assert environments._parts(spaces.Tuple([spaces.Text(3), BOX])) == ()  # is given as one array


@pytest.mark.parametrize(
    "given", ["[32, 10, 0]", "[14, 10]", "[14, 10, 0, 0]", "[1.5, 10, 0]", '{"0": 1, "1": 1}', "[]"]
)
def test_what_an_environment_does_not_give(given):
    feature = environment("Blackjack-v1").spec.inputs["observation"]
    with pytest.raises(zoo865.ZooError, match="what the environment returns: 0: 0 to 31, 1: 0 to 10, 2: 0 to 1"):
        feature.read(given)


def test_several_of_what_an_environment_gives():
    feature = environment("Blackjack-v1").spec.inputs["observation"]
    assert feature.is_one((14, 10, False))
    assert not feature.is_one([(14, 10, False), (20, 1, True)])
    assert describe_environment("Blackjack-v1")["parts"] == "0: 0 to 31, 1: 0 to 10, 2: 0 to 1"
    assert describe_environment("CartPole-v1")["parts"] == ""


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


def test_answers_name_actions_as_the_environment_does(monkeypatch, capsys):
    """What an export says, `env.step` takes; in training and playing actions are counted from 0."""
    import keras
    import tensorflow as tf

    gymnasium.register("Counted-v0", Mixed)
    spec = environment("Counted-v0").spec
    assert spec.targets["action"] == Action(2, start=-1)
    assert feature_from_json({"kind": "action", "count": 2}, "x") == Action(2)  # as it was written before
    assert [spec.targets["action"].read(number)[0] for number in (-1, 0)] == [-1, 0]
    with pytest.raises(zoo865.ZooError, match="no action 1; actions are -1 to 0"):
        spec.targets["action"].read(1)

    class Agent:
        network = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2)])

    observations = np.random.default_rng(0).normal(size=(20, 5)).astype("float32")
    found = Control().signatures(Agent, spec, {})["serve"].function(tf.constant(observations))
    answers = Control().decode({name: np.array(output) for name, output in found.items()}, spec)
    world = gymnasium.make("Counted-v0").unwrapped
    for observation, answer in zip(observations, answers, strict=True):
        best = np.array(Agent.network(observation[None]))[0].argmax()
        assert answer["action"] == best - 1
        world.step(answer["action"])  # which asserts that it knows it
    assert {answer["action"] for answer in answers} == {-1, 0}
    described = describe_environment("Counted-v0")
    assert (described["actions"], described["first_action"]) == (2, -1)
    _print_environment(described)
    assert "actions        2, from -1 to 0" in capsys.readouterr().out


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


class Many(Broken):
    action_space = gymnasium.spaces.MultiDiscrete([2, 3])


class Bits(Broken):
    action_space = gymnasium.spaces.MultiBinary(3)


gymnasium.register("Many-v0", Many)
gymnasium.register("Bits-v0", Bits)
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
        ("Lacking-v0", "Lacking-v0 needs a missing package: no foo here; install it"),
        ("what is this", "Malformed"),
        ("", "Malformed"),
        ("own:Own-v0", "gym:own.py:Own-v0"),
        ("Listing-v0", "Sequence"),
        ("Many-v0", r"Many-v0 has the action space MultiDiscrete\(.*DQN needs discrete actions; CartPole-v1"),
        ("Bits-v0", r"Bits-v0 has the action space MultiBinary\(3\)"),
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
    with pytest.raises(zoo865.ZooError, match="non-finite observation at the start"):
        environments.reset(environments.make("Broken-v0"), [0])


def test_a_long_episode_is_thinned(monkeypatch):
    monkeypatch.setattr("zoo865.agents.film.MOST_PICTURES", 10)

    def values(seen):  # balances: pushes where the pole falls
        return np.stack([-seen[:, 2] - seen[:, 3], seen[:, 2] + seen[:, 3]], 1)

    whole, every, steps = film("CartPole-v1", 3, values, most_steps=7)
    assert (len(whole), every, steps) == (7, 1, 7)
    pictures, every, steps = film("CartPole-v1", 3, values, most_steps=50)
    assert (len(pictures), every, steps) == (7, 8, 50)
    np.testing.assert_array_equal(pictures[0], whole[0])


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
        (Growing, r"does not match its observation_space.*shape \(2,\)"),
        (Blind, "non-finite observation after 300 steps"),
        (Priceless, "non-finite reward"),
        (Unpaid, "or the reward is no number"),
        (Longer, "at the start does not match"),
        (Elsewhere, "does not match its observation_space"),
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
    said = [line for line in err.splitlines() if not line.startswith("training ")]
    assert (code, out, len(said)) == (2, "", 1), err
    assert "steps" in said[0]


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


def test_files_that_register_the_same_name(tmp_path):
    for reward in (1, 2):
        own = OWN.replace("right = float(", f"right = {reward}; float(").replace("Guess-v0", "Twice-v0")
        (tmp_path / f"{reward}.py").write_text(own)
    for reward in (1, 2, 1):
        made = environments.make(f"{tmp_path}/{reward}.py:Twice-v0")
        environments.reset(made, [0])
        assert environments.step(made, np.zeros(1, int), "")[1] == [reward]


def test_a_class_beside_the_file_that_registers_it_by_name(tmp_path, monkeypatch):
    """`entry_point="mine:Guess"`, in the file itself or in another beside it; of two projects each its own."""
    monkeypatch.chdir("/")
    for reward in (1, 2):
        folder = tmp_path / str(reward)
        (folder / "worlds").mkdir(parents=True)
        own = OWN.replace("right = float(", f"right = {reward}; float(")
        (folder / "worlds" / "guess.py").write_text(own.partition("gymnasium.register(")[0])
        (folder / "mine.py").write_text(own.replace('"Guess-v0", Guess', '"Named-v0", entry_point="mine:Guess"'))
        register = 'import gymnasium\ngymnasium.register("Beside-v0", entry_point="worlds.guess:Guess")'
        (folder / "registers.py").write_text(register)
    for reward in (1, 2, 1):
        for file, name in (("mine", "Named-v0"), ("registers", "Beside-v0")):
            made = environments.make(f"{tmp_path}/{reward}/{file}.py:{name}")
            environments.reset(made, [0])
            assert environments.step(made, np.zeros(1, int), "")[1] == [reward]
    assert environments.advice("Named-v0") == []
    # Registered by the file of a recipe, whose name is not at hand.
    (tmp_path / "1" / "third.py").write_text(register.replace("Beside-v0", "Third-v0"))
    import_file(tmp_path / "1" / "third.py")
    assert environments.make("Third-v0").single_action_space.n == 2
