"""What a network says of positions, each asked once."""

from collections.abc import Callable

import numpy as np

from zoo865.games.game import Game

SMALLEST = 16  # positions are filled up to this times a power of two: few shapes to compile


class Evaluator:
    """Probabilities of legal actions, and values, for `zoo865.games.search.search`. What was asked is remembered: valid
    as long as the network's weights do not change.

    Args:
        game: its rules.
        answer: (batch, *shape) boards -> (batch, actions) probabilities, legal or not, and (batch, 3) probabilities
            that who is to move loses, draws, wins.

    Example:
        >>> game = GAMES["tictactoe"]
        >>> evaluate = Evaluator(game, lambda boards: (np.ones((len(boards), 9)), np.full((len(boards), 3), 1 / 3)))
        >>> probabilities, values = evaluate(game.from_names("a3 b2"))
        >>> np.round(probabilities[0], 3).tolist(), values.tolist()
        ([0.0, 0.143, 0.143, 0.143, 0.0, 0.143, 0.143, 0.143, 0.143], [0.0])
    """

    def __init__(self, game: Game, answer: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]):
        self.game, self.answer, self.places = game, answer, {}
        self.probabilities, self.values = np.zeros((0, game.actions), np.float32), np.zeros(0, np.float32)

    def __call__(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(count, ...) positions -> (count, actions) and (count,) float32."""
        keys, known, fresh = self.game.keys(positions), len(self.places), []
        for row, key in enumerate(keys):
            if key not in self.places:
                self.places[key] = len(self.places)
                fresh.append(row)
        if fresh:
            self._remember(known, *self._ask(positions[fresh]))
        places = [self.places[key] for key in keys]
        return self.probabilities[places], self.values[places]

    def _remember(self, known: int, probabilities, values):
        if len(self.places) > len(self.values):
            more = max(len(self.places), 2 * len(self.values)) - len(self.values)
            self.probabilities = np.pad(self.probabilities, ((0, more), (0, 0)))
            self.values = np.pad(self.values, (0, more))
        self.probabilities[known : known + len(values)], self.values[known : known + len(values)] = (
            probabilities,
            values,
        )

    def _ask(self, positions):
        boards, legal = self.game.seen(positions), self.game.legal_actions(positions)
        count = max(SMALLEST, 1 << (len(boards) - 1).bit_length())
        likely, ends = self.answer(np.resize(boards, (count, *boards.shape[1:])))
        likely = np.maximum(likely[: len(boards)], np.float32(1e-8)) * legal  # a search tries what is above 0
        return likely / likely.sum(1, keepdims=True), (ends[:, 2] - ends[:, 0])[: len(boards)]
