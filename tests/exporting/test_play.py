"""Playing episodes, for what learned actions and is no agent."""

from pathlib import Path
from types import SimpleNamespace

import pytest

import zoo865
from zoo865.exporting import play
from zoo865.tasks.classification import Classification

pytestmark = pytest.mark.fast


def test_what_learned_actions_by_examples_plays_none(monkeypatch):
    run = SimpleNamespace(
        path="runs/imitation",
        spec=SimpleNamespace(actions=2, game=None),
        export_path=Path("nowhere"),
        data=SimpleNamespace(environment=""),
        recipe=SimpleNamespace(task=Classification()),
    )
    monkeypatch.setattr(play, "find_trained", lambda name: run)
    with pytest.raises(zoo865.ZooError, match="runs/imitation is not an agent"):
        play.play("imitation")
