"""Agents on the command line and in reports."""

import json

import numpy as np
import pytest
from PIL import Image

gymnasium = pytest.importorskip("gymnasium")


pytestmark = pytest.mark.agents


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
        (["train", "dqn_cartpole", "--data", "generated_digits"], "not an environment"),
        (["train", "dqn_cartpole", "--data", "gym:Pendulum-v1"], "Box"),
        (["train", "dqn_cartpole", "--data", "gym:CartPol-v1"], "CartPole-v1"),
        (["train", "dqn_cartpole", "--set", "batches.environments=0"], "environments must be at least 1, not 0"),
        (["train", "dqn_cartpole", "--set", "batches.warm_up=8"], "at least 40, not 8; that is 5 steps in each of 8"),
        (["train", "dqn_cartpole", "--set", "batches.epsilon=5"], "epsilon must be at most 1, not 5"),
        (["train", "dqn_cartpole", "--set", "batches.target_share=-1"], "target_share must be at least 0"),
        (["play", "dqn_cartpole", "--seed", -1], "invalid seed -1; give a number from 0 to 102"),
        (["play", "dqn_cartpole", "--seed", 103], "seed 103"),
        (
            ["play", "dqn_cartpole", "--out", "episode.mp4"],
            "episode.mp4 is not a GIF file; use a name that ends in .gif",
        ),
        (["play", "dqn_cartpole", "--out", "missing/episode.gif"], "no folder missing"),
        (["predict", "dqn_cartpole", "[0, 0, 0]"], "is not an observation of shape (4,)"),
        (["predict", "dqn_cartpole", "left"], "is not an observation"),
        (["predict", "dqn_cartpole", "[0, 0, 0, NaN]"], "is not an observation"),
        (["evaluate", "dqn_cartpole", "--data", "generated_digits"], "generated_digits has other inputs than"),
        (
            ["evaluate", "mnist_cnn", "--data", "gym:CartPole-v1"],
            "single images are needed, but the data have observation",
        ),
        (["train", "mnist_cnn", "--data", "gym:CartPole-v1"], "images are needed"),
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
    assert "is not an agent" in err


def test_the_report_shows_an_episode_and_what_the_agent_expects(tiny_run):
    run = tiny_run("dqn_cartpole")
    figures = {path.name for path in (run.path / "figures").iterdir()}
    assert {"curves.svg", "returns.svg", "episode", "episode.gif", "values.svg"} <= figures
    assert "Epsilon" not in run.report_path.read_text()
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
