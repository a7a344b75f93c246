"""What the report shows of a game is the game that was played, and a tree that the search walked."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from zoo865.data.sets.game import game
from zoo865.games.find import game_of
from zoo865.models.alphazero import build_alphazero
from zoo865.tasks import playing_report
from zoo865.tasks.playing import Playing
from zoo865.tasks.task import Reference
from zoo865.visualize.boards import EMPTY, PLACE, board_picture
from zoo865.visualize.charts import COLOURS

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def run():
    data = game("connect4")
    network = build_alphazero(board_shape=(6, 7, 3), actions=7, width=8, blocks=1)
    row = {"cpu_seconds": 90.0, "val_right_moves": 0.7, "val_value_accuracy": 0.5}
    return SimpleNamespace(spec=data.spec, data=data, model=network, history=[row, row | {"val_right_moves": 0.8}])


@pytest.fixture(scope="module")
def sections(run):
    references = [Reference("moves at random", {"right_moves": 0.6}, drawn=True)]
    parts = playing_report.parts(run, 30, lambda: references)
    return {section.name: section for part in parts for section in part.make()}


def test_the_filmstrip_is_a_game_by_the_rules(sections):
    shown = sections["game"].pictures
    moves = [re.fullmatch(r"\d+\. (\d): [+-]\d\.\d\d", title)[1] for title in shown.captions]
    rules = game_of("connect4")
    assert not np.isnan(rules.returns(rules.from_names("".join(moves))))[0], "it was played to its end"
    for number, image in enumerate(shown.images, 1):
        lines = rules.drawn(rules.from_names("".join(moves[:number]))).split("\n")[:6]
        middles = image[PLACE // 4 :: PLACE, PLACE // 2 :: PLACE]  # above the dot, within the disc
        wanted = {".": [EMPTY] * 3, "x": _rgb(COLOURS[0]), "o": _rgb(COLOURS[1])}
        drawn = [[wanted[mark] for mark in line.split()] for line in lines]
        np.testing.assert_allclose(middles / 255, drawn, atol=0.01)


def _rgb(colour):
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def test_the_last_piece_has_a_dot():
    board = np.array([[0, 1], [2, 1]])
    plain, dotted = board_picture(board), board_picture(board, (1, 0))
    rows, columns = np.nonzero((plain != dotted).any(-1))
    assert set(zip((rows // PLACE).tolist(), (columns // PLACE).tolist(), strict=True)) == {(1, 0)}
    assert dotted[PLACE * 3 // 2, PLACE // 2].min() == 255


def test_the_tree_tells_what_the_search_tried(sections):
    """First moves stand by their shares, which add up; an answer takes no more than what it answers."""
    texts = [text.get_text() for text in sections["tree"].figure.axes[0].texts]
    levels = [round(text.get_position()[0] + 0.96) for text in sections["tree"].figure.axes[0].texts]
    shares = [int(re.fullmatch(r"[1-7] (\d+)% [+-]\d\.\d\d", text)[1]) for text in texts]
    first = [share for share, level in zip(shares, levels, strict=True) if level == 1]
    assert first == sorted(first, reverse=True)
    assert 50 < sum(first) <= 101
    at = {0: 101}
    for level, share in zip(levels, shares, strict=True):
        assert share <= at[level - 1]
        at[level] = share
    number, played = re.search(r"Move (\d+) .* the search played (\d)", sections["tree"].caption).groups()
    assert texts[0][0] == played
    assert sections["game"].pictures.captions[int(number) - 1].startswith(f"{number}. {played}:")


def test_learning_is_drawn_over_cpu_minutes(sections):
    axis = sections["learned"].figure.axes[0]
    curve = axis.lines[0]
    assert curve.get_xdata().tolist() == [1.5, 3.0]
    assert list(curve.get_ydata()) == [0.7, 0.8]
    assert [0.6, 0.6] in [list(line.get_ydata()) for line in axis.lines]


def test_what_no_clock_measured_and_no_plane_shows(run):
    """A run of before has no CPU seconds; a game of OpenSpiel no pieces."""
    run.history[0].pop("cpu_seconds")
    assert [part.title for part in playing_report.parts(run, 30, list)] == ["Game"]
    pytest.importorskip("pyspiel")
    data = game("open_spiel/breakthrough(rows=3,columns=3)")
    ((_, board),) = data.spec.inputs.items()
    network = build_alphazero(board_shape=board.prepared_shape, actions=data.spec.actions, width=8, blocks=1)
    other = SimpleNamespace(spec=data.spec, data=data, model=network, history=[{}])
    (part,) = playing_report.parts(other, 8, list)
    played, tree = part.make()
    assert played.table["move and value"][0].startswith("1. ")
    assert tree.figure.axes[0].texts


def test_a_search_without_a_network_is_between_chance_and_perfect():
    random, searched = Playing().references(SimpleNamespace(data=(data := game("tictactoe")), spec=data.spec))
    assert random.values["right_moves"] < 0.75 < 0.95 < searched.values["right_moves"] <= 1
    assert random.name == "moves at random"
    assert searched.name == "100 random games"
