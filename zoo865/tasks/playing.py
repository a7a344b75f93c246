"""Playing: board games of two players, by a network and a search that it leads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo865.batches.self_play import answers_of
from zoo865.errors import ZooError
from zoo865.games.find import game_of
from zoo865.games.network import Evaluator
from zoo865.games.search import search
from zoo865.registry import task
from zoo865.tasks.task import Reference, Task


@task
@dataclass(frozen=True)
class Playing(Task):
    """One action per position. Models: prepared boards -> {"policy": (batch, actions) logits, "value": (batch, 3) logits
    of loss, draw, win for who is to move}.

    Args:
        simulations: of the search that the test measures, beside the network alone.

    Example:
        >>> Playing(simulations=200).monitor
        ('val_right_moves', 'max')
    """

    simulations: int = 200

    monitor: ClassVar = ("val_right_moves", "max")
    unit: ClassVar = "positions"
    usage: ClassVar = "play RUN"
    headline: ClassVar = ("searched_right_moves", "right_moves", "value_accuracy")
    explained: ClassVar = {
        "right_moves": "The share of positions in which the network's likeliest move keeps a win, or a draw.",
        "right_moves_of_choice": "The same, only of positions in which a move can be wrong.",
        "searched_right_moves": "The share of positions in which the move that a search chooses keeps a win, or a draw.",
        "searched_right_moves_of_choice": "The same, only of positions in which a move can be wrong.",
        "value_accuracy": "The share of positions whose end, lost, drawn or won, the network tells.",
    }

    def compile_args(self, spec) -> dict:
        """Cross-entropy of both: of what the search tried, and of who won."""
        import keras

        return {
            "loss": {
                name: keras.losses.CategoricalCrossentropy(from_logits=True, name=name) for name in ("policy", "value")
            }
        }

    def model_args(self, spec) -> dict:
        """{"board_shape": ..., "actions": ...}.

        Raises:
            ZooError: the data are no game.
        """
        return {**super().model_args(spec), "actions": spec.actions}

    def measure(self, model, data, split: str) -> dict[str, float]:
        game, part = game_of(data.name.removeprefix("game:")), data.split(split)
        examples = part.take(np.arange(len(part)))
        answer = answers_of(model, data.spec)
        evaluate = Evaluator(game, answer)
        probabilities, _ = evaluate(examples["position"])
        found = shares_of_right_moves(examples["scores"], probabilities.argmax(1))
        _, ends = answer(examples["board"])
        best = np.sign(np.nanmax(examples["scores"], axis=1))
        found["value_accuracy"] = float((ends.argmax(1) - 1 == best).mean())
        if split == "test":
            moves = []
            for rows in np.array_split(np.arange(len(part)), -(-len(part) // 512)):
                visits = search(game, examples["position"][rows], evaluate, simulations=self.simulations).visits
                moves.append(visits.argmax(1))
            shares = shares_of_right_moves(examples["scores"], np.concatenate(moves))
            found |= {f"searched_{name}": share for name, share in shares.items()}
        return found

    def references(self, run) -> Iterator[Reference]:
        """Moves at random."""
        part = run.data.test
        scores = np.sign(part.take(np.arange(len(part)))["scores"])
        best = np.nanmax(scores, axis=1, keepdims=True)
        right = np.nanmean(np.where(np.isnan(scores), np.nan, scores == best), axis=1)
        choice = np.nanmin(scores, axis=1) < best[:, 0]
        values = {"right_moves": float(right.mean()), "right_moves_of_choice": float(right[choice].mean())}
        yield Reference("moves at random", values, drawn=True)


def shares_of_right_moves(scores: np.ndarray, moves: np.ndarray) -> dict[str, float]:
    """The shares of positions in which moves keep what the position is worth: won, drawn or lost.

    Args:
        scores: (positions, actions): what each action leads to, NaN where it is illegal.
        moves: (positions,): one action in each.

    Example:
        >>> shares_of_right_moves(np.array([[1.0, -1.0], [0.0, 0.0]]), np.array([1, 1]))
        {'right_moves': 0.5, 'right_moves_of_choice': 0.0}
    """
    worth = np.sign(scores)
    best = np.nanmax(worth, axis=1)
    right, choice = worth[np.arange(len(moves)), moves] == best, np.nanmin(worth, axis=1) < best
    return {"right_moves": float(right.mean()), "right_moves_of_choice": float(right[choice].mean())}
