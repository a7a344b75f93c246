"""What a network says of positions, each asked once."""

from collections.abc import Callable

import numpy as np

from zoo865.games.game import Game
from zoo865.games.search import ENDS

SMALLEST = 16  # positions are filled up to a multiple of it, of many to one of an eighth: few shapes to compile


class Evaluator:
    """Probabilities of legal actions, and of how the game ends, for `zoo865.games.search.search`. What was asked is
    remembered: valid as long as the network's weights do not change.

    Args:
        game: its rules.
        answer: (batch, *shape) boards -> (batch, actions) probabilities, legal or not, and (batch, 3) probabilities
            that who is to move loses, draws, wins.

    Example:
        >>> game = GAMES["tictactoe"]
        >>> evaluate = Evaluator(game, lambda boards: (np.ones((len(boards), 9)), np.full((len(boards), 3), 1 / 3)))
        >>> probabilities, ends = evaluate(game.from_names("a3 b2"))
        >>> np.round(probabilities[0], 3).tolist(), ends.shape
        ([0.0, 0.143, 0.143, 0.143, 0.0, 0.143, 0.143, 0.143, 0.143], (1, 3))
    """

    def __init__(self, game: Game, answer: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]):
        self.game, self.answer, self.places = game, answer, {}
        self.known: tuple[np.ndarray, ...] = tuple(np.zeros((0, count), np.float32) for count in (game.actions, ENDS))

    def __call__(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(count, ...) positions -> (count, actions) and (count, 3) float32."""
        keys, known, fresh = self.game.keys(positions), len(self.places), []
        for row, key in enumerate(keys):
            if key not in self.places:
                self.places[key] = len(self.places)
                fresh.append(row)
        if fresh:
            self._remember(known, *self._ask(positions[fresh]))
        places = [self.places[key] for key in keys]
        probabilities, ends = self.known
        return probabilities[places], ends[places]

    def _remember(self, begin: int, *answers):
        room = len(self.known[0])
        if len(self.places) > room:
            more = max(len(self.places), 2 * room) - room
            self.known = tuple(np.pad(array, ((0, more), (0, 0))) for array in self.known)
        for array, new in zip(self.known, answers, strict=True):
            array[begin : begin + len(new)] = new

    def _ask(self, positions):
        boards, legal = self.game.seen(positions), self.game.legal_actions(positions)
        multiple = max(SMALLEST, 1 << (len(boards) - 1).bit_length() >> 3)
        count = -(-len(boards) // multiple) * multiple
        likely, ends = self.answer(np.resize(boards, (count, *boards.shape[1:])))
        likely = np.maximum(likely[: len(boards)], np.float32(1e-8)) * legal  # a search tries what is above 0
        return likely / likely.sum(1, keepdims=True), ends[: len(boards)]
