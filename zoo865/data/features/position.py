"""A position in a board game, as the player sees it whose turn it is."""

import functools
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo865.data.features.feature import Feature, array_of, short
from zoo865.errors import ZooError
from zoo865.games.find import game_of
from zoo865.games.game import Game
from zoo865.games.k_in_a_row import KInARow


@dataclass(frozen=True)
class Position(Feature):
    """A position in a game of two players. Where the game knows pieces, (rows, columns) int8: 0 for nothing, 1 for
    those of whose turn it is, 2 for the other's, and the model sees a plane for each; else numbers of any kind.

    Args:
        game: its name (see `zoo865.games.find.game_of`).

    Example:
        >>> position = Position("tictactoe")
        >>> print(position.show(position.read("b2 a3")[0]))
        3 o . .
        2 . x .
        1 . . .
          a b c
    """

    game: str

    kind: ClassVar = "position"

    @property
    def rules(self) -> Game:
        """The game's."""
        return _rules(self.game)

    @property
    def shape(self) -> tuple:
        """Of what a player sees."""
        return self.rules.shape

    @property
    def dtype(self) -> str:
        """int8 of pieces, else float32."""
        return "float32" if self.rules.pieces is None else "int8"

    @property
    def prepared_shape(self) -> tuple:
        """With a plane for each kind of piece."""
        return self.shape if self.rules.pieces is None else (*self.shape, self.rules.pieces)

    def read(self, given):
        """The moves that led there, as one text ("4453" or "b2 a3"), "" for none; or the board as rows of numbers, or
        their JSON.
        """
        if isinstance(given, str) and not given.lstrip().startswith("["):
            position = self.rules.from_names(given)
            if not np.isnan(self.rules.returns(position)[0]):
                raise ZooError(f"after {given!r} the game has ended", "give fewer moves")
            return self.rules.seen(position)[0], ()
        board = array_of(given, "a position")
        pieces = self.rules.pieces
        if board.shape != self.shape or not (pieces is None or np.isin(board, np.arange(pieces)).all()):
            hint = f"give the moves that led there, or numbers of shape {self.shape}"
            raise ZooError(f"{short(given)} is not a position of {self.game}", hint)
        return board.astype(self.dtype), ()

    def show(self, value):
        """Rows of x, who moved first, and o; what is no board of pieces as numbers."""
        rules, value = self.rules, np.asarray(value)
        return rules.lines(value) if isinstance(rules, KInARow) else short(value.tolist())


@functools.lru_cache(maxsize=16)
def _rules(name: str) -> Game:
    return game_of(name)
