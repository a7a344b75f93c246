"""Playing: board games of two players, by a network and a search that it leads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo865.batches.self_play import answers_of
from zoo865.data.statistics import spread_over
from zoo865.errors import ZooError
from zoo865.games.network import Evaluator
from zoo865.games.players import match, random_player, rollouts, searching_player
from zoo865.games.self_play import random_openings
from zoo865.inference import predictions
from zoo865.metrics.intervals import interval
from zoo865.registry import task
from zoo865.tasks import playing_report
from zoo865.tasks.examples import serving
from zoo865.tasks.task import Part, Reference, Signature, Task

OPENINGS, OPENING = 100, 2  # each of up to so many moves, from which two games against moves at random begin
SEARCHED, ROLLOUTS = 1000, 100  # of the test's positions, and random games for each, of a search without a network
ENDS = ("lost", "drawn", "won")  # for who is to move


@task
@dataclass(frozen=True)
class Playing(Task):
    """One action per position. Models: prepared boards -> {"policy": (batch, actions) logits, "value": (batch, 3)
    logits of loss, draw, win for who is to move}.

    Args:
        simulations: of the search that the test measures, beside the network alone.

    Raises:
        ZooError: there are none.

    Example:
        >>> Playing(simulations=200).headline
        ('searched_right_moves', 'right_moves', 'value_accuracy')
    """

    simulations: int = 200

    monitor: ClassVar = ("val_points_against_random", "max")
    unit: ClassVar = "positions"
    usage: ClassVar = "play RUN"
    headline: ClassVar = ("searched_right_moves", "right_moves", "value_accuracy")
    shown_apart: ClassVar = ("game_length", "first_wins", "draws")
    explained: ClassVar = {
        "right_moves": "The share of positions in which the network's likeliest move keeps what the position is worth.",
        "right_moves_of_choice": "The same, of positions in which there is a wrong move.",
        "searched_right_moves": "The share of positions in which the move that a search finds keeps their worth.",
        "searched_right_moves_of_choice": "The same, of positions in which there is a wrong move.",
        "value_accuracy": "The share of positions of which the network tells whether they are lost, drawn or won.",
        "points_against_random": "Wins and half of the draws, by the network's likeliest moves against some at random.",
        "game_length": "Moves of the epoch's games behind their openings, the mean.",
        "first_wins": "The share of the epoch's games that who began won.",
        "draws": "The share of the epoch's games that nobody won.",
    }

    def __post_init__(self):
        if self.simulations < 1:
            raise ZooError(f"task.simulations must be at least 1, not {self.simulations}")

    def model_args(self, spec) -> dict:
        """{"board_shape": ..., "actions": ...}.

        Raises:
            ZooError: the data are no game.
        """
        _rules(spec)
        return {**super().model_args(spec), "actions": spec.actions}

    def compile_args(self, spec) -> dict:
        """Cross-entropy of both: of what the search tried, and of who won."""
        import keras

        kind = keras.losses.CategoricalCrossentropy
        return {"loss": {name: kind(from_logits=True, name=name) for name in ("policy", "value")}}

    def measure(self, model, data, split: str) -> dict[str, float]:
        """points_against_random; of positions whose exact worth is known right_moves, right_moves_of_choice and
        value_accuracy. By the network alone; of a test also what the search finds.
        """
        game, part = _rules(data.spec), data.split(split)
        evaluate, scores = Evaluator(game, answers_of(model, data.spec)), _scores(part)
        random = np.random.default_rng({"validation": 0, "test": 1}.get(split, 2))
        alone, by_chance = searching_player(game, evaluate, 1), random_player(game, random)
        unsolved = np.isnan(scores).all()  # then the data are openings to play from
        given = part.take(np.arange(len(part)))["position"] if unsolved else None
        openings = random_openings(game, OPENINGS, OPENING, random) if given is None else given
        results, _ = match(game, alone, by_chance, openings)
        found = {"points_against_random": float((results.mean() + 1) / 2)}
        if unsolved:
            return found
        outputs = [outputs for _, outputs in predictions(model, data.spec, part)]
        policy, ends = (np.concatenate([one[name] for one in outputs]) for name in ("policy", "value"))
        likeliest = np.where(np.isnan(scores), -np.inf, policy).argmax(1)
        told = ends.argmax(1) - 1 == np.sign(np.nanmax(scores, axis=1))
        found |= right_moves(scores, likeliest) | {"value_accuracy": float(told.mean())}
        if split == "test":
            positions = part.take(np.arange(len(part)))["position"]
            searched = right_moves(scores, searching_player(game, evaluate, self.simulations)(positions))
            found |= {f"searched_{name}": share for name, share in searched.items()}
            low, high = interval(searched["right_moves"], len(part))
            found |= {"searched_right_moves_low": low, "searched_right_moves_high": high}
        return found

    def references(self, run) -> Iterator[Reference]:
        """Moves at random, and a search without a network, of some of the test's positions."""
        scores, game = _scores(run.data.test), _rules(run.spec)
        if np.isnan(scores).all():
            yield Reference("moves at random", {"points_against_random": 0.5}, drawn=True)
            return
        right, choice = _kept(scores)
        shares = right.sum(1) / (~np.isnan(scores)).sum(1)
        yield Reference("moves at random", _shares(shares, choice), drawn=True)
        some = spread_over(len(scores), SEARCHED)
        player = searching_player(game, rollouts(game, np.random.default_rng(0)), ROLLOUTS)
        found = right_moves(scores[some], player(run.data.test.take(some)["position"]))
        yield Reference(f"{ROLLOUTS} random games", found, drawn=True)

    def report_sections(self, run) -> Iterator[Part]:
        """What was learned by the minute, a game against itself, the tree of one of its moves."""
        return playing_report.parts(run, self.simulations, lambda: self.references(run))

    def signatures(self, model, spec, examples) -> dict[str, Signature]:
        """`serve`: boards -> `probabilities` (batch, actions) float32, of illegal actions 0 where the game's board
        tells which they are; `ends` (batch, 3) float32: lost, drawn, won for who is to move; `value` (batch,) float32,
        how much likelier a win is than a loss; `action` (batch,) int64, the likeliest.
        """
        from keras import ops

        game = _rules(spec)

        def act(seen):
            outputs = model(seen, training=False)
            policy, ends = (ops.softmax(ops.cast(outputs[name], "float32")) for name in ("policy", "value"))
            if game.pieces is not None:
                empty = ops.reshape(seen[..., 0], (-1, int(np.prod(game.shape))))
                policy = policy * empty[:, : game.actions]  # a place for each, of a column its top one
                policy = policy / ops.maximum(ops.sum(policy, axis=1, keepdims=True), 1e-30)
            action = ops.cast(ops.top_k(policy, 1)[1][:, 0], "int64")
            return {"probabilities": policy, "ends": ends, "value": ends[:, 2] - ends[:, 0], "action": action}

        return {"serve": serving(spec, examples, act)}

    def decode(self, outputs, spec) -> list[dict]:
        """{"move": the likeliest, as people call it, "probability": of it, "value": from -1 to 1, "ends": {"lost",
        "drawn", "won"}, "probabilities": of all actions in their order}. Where what an action is called depends on the
        position, "action", its number, in place of "move": it may be illegal there.
        """
        game, found = _rules(spec), []
        for action, shares, value, ends in zip(
            outputs["action"].tolist(), outputs["probabilities"], outputs["value"], outputs["ends"], strict=True
        ):
            named = {"action": action} if game.pieces is None else {"move": game.action_name(None, action)}
            found.append(
                {
                    **named,
                    "probability": float(shares[action]),
                    "value": float(value),
                    "ends": dict(zip(ENDS, ends.tolist(), strict=True)),
                    "probabilities": shares.tolist(),
                }
            )
        return found


def right_moves(scores: np.ndarray, moves: np.ndarray) -> dict[str, float]:
    """The shares of positions in which moves keep what the position is worth: won, drawn or lost.

    Args:
        scores: (positions, actions): what each action leads to, NaN where it is illegal.
        moves: (positions,): one action in each.

    Example:
        >>> right_moves(np.array([[1.0, -1.0], [0.0, 0.0]]), np.array([1, 1]))
        {'right_moves': 0.5, 'right_moves_of_choice': 0.0}
    """
    right, choice = _kept(scores)
    return _shares(right[np.arange(len(moves)), moves], choice)


def _scores(part) -> np.ndarray:
    return part.take(np.arange(len(part)))["scores"]


def _kept(scores) -> tuple[np.ndarray, np.ndarray]:
    """Whether each action keeps what the position is worth, and whether some action does not."""
    worth = np.sign(scores)
    best = np.nanmax(worth, axis=1)
    return worth == best[:, None], np.nanmin(worth, axis=1) < best


def _shares(right, choice) -> dict[str, float]:
    return {"right_moves": float(right.mean()), "right_moves_of_choice": float(right[choice].mean())}


def _rules(spec):
    """The game's.

    Raises:
        ZooError: the data are no game.
    """
    if spec.game is None:
        raise ZooError("the data are not a game", "choose one: --data game:connect4, or game:tictactoe")
    return spec.game
