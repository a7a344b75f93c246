"""k in a row: Connect-4, where pieces fall, and tic-tac-toe and m,n,k games, where they stay.

A player's pieces are the bits of a number: a column's places from below, an empty one above, then the next column's. So
pieces in a row are found by shifting, whichever the direction, and none runs from the top of one column into the next.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from zoo865.errors import ZooError
from zoo865.games.game import Game

ONE = np.uint64(1)


@dataclass(frozen=True)
class KInARow(Game):
    """The rules for many positions at once, (count, 2) uint64: the pieces of whose turn it is, and the other's.

    Actions are columns from the left where pieces fall; else places in reading order.

    Args:
        name: of the game.
        width, height: of the board.
        k: how many in a row win: across, upright, or slanted.
        falls: whether pieces fall to the lowest empty place of their column.

    Raises:
        ZooError: a board without places, of more than 63 bits, or on which nobody can win.

    Example:
        >>> game = KInARow("tictactoe", width=3, height=3, k=3, falls=False)
        >>> game.returns(game.from_names("a3 a2 b3 b2 c3")).tolist()  # who began has the first row: the other has lost
        [-1.0]
    """

    name: str
    width: int
    height: int
    k: int
    falls: bool

    def __post_init__(self):
        size = f"{self.name}: a board of {self.width} x {self.height} with {self.k} in a row"
        if min(self.width, self.height, self.k) < 1 or self.k > max(self.width, self.height):
            raise ZooError(f"{size} cannot be won", "give sides of at least 1, and a row that fits")
        if self.width * (self.height + 1) > 63:
            raise ZooError(f"{size} is too large", "width x (height + 1) may be 63; open_spiel has larger boards")

    @property
    def actions(self) -> int:
        """Columns, or places."""
        return self.width if self.falls else self.width * self.height

    @property
    def longest(self) -> int:
        """Until the board is full."""
        return self.width * self.height

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width), the top row first."""
        return self.height, self.width

    @property
    def pieces(self) -> int:
        """0 nothing, 1 a piece of whose turn it is, 2 the other's."""
        return 3

    @property
    def symmetries(self) -> int:
        """Mirrored; and where nothing falls turned."""
        return 2 if self.falls else 8 if self.width == self.height else 4

    @cached_property
    def _bits(self) -> np.ndarray:
        """(height, width) uint64: the bit of each place, the top row first."""
        rows, columns = np.indices((self.height, self.width), dtype=np.uint64)
        return ONE << (columns * np.uint64(self.height + 1) + np.uint64(self.height - 1) - rows)

    def initial_positions(self, count):
        """Empty boards."""
        return np.zeros((count, 2), np.uint64)

    def legal_actions(self, positions):
        """Columns, or places, that are not full."""
        return (positions[:, :1] | positions[:, 1:]) & self._bits.ravel()[: self.actions] == 0

    def after(self, positions, actions):
        """One piece more, and the other player's turn."""
        bits, mine, others = self._bits, positions[:, 0], positions[:, 1]
        if self.falls:
            # To what is full up to some height, one at the bottom is added: it carries to the lowest empty place.
            lowest, column = bits[-1][actions], bits.sum(0, dtype=np.uint64)[actions]
            piece = ((mine | others) + lowest) & column
        else:
            piece = bits.ravel()[actions]
        return np.stack([others, mine | piece], axis=1)

    def returns(self, positions):
        """Lost for whose turn it is where the other has k in a row; a draw where the board is full."""
        full = self._bits.sum(dtype=np.uint64)
        ended = np.where((positions[:, 0] | positions[:, 1]) == full, np.float32(0), np.float32(np.nan))
        return np.where(self._has_row(positions[:, 1]), np.float32(-1), ended)

    def _has_row(self, pieces):
        found = np.zeros(len(pieces), bool)
        for step in (1, self.height, self.height + 1, self.height + 2):
            row = pieces
            for place in range(1, self.k):
                row = row & (pieces >> np.uint64(place * step))
            found |= row != 0
        return found

    def current_players(self, positions):
        """By how many pieces there are."""
        return (np.bitwise_count(positions).sum(1) % 2).astype(np.int8)

    def seen(self, positions):
        """(count, height, width) int8, see `pieces`."""
        taken = (positions[:, :, None, None] & self._bits) != 0
        return taken[:, 0] + 2 * taken[:, 1].astype(np.int8)

    def keys(self, positions):
        """Bytes."""
        return np.ascontiguousarray(positions).view("V16").ravel().tolist()

    def turned(self, boards, per_action, symmetry):
        """Mirrored by an odd number; turned by half as many quarters, where sides are unequal half turns."""
        if not symmetry:
            return boards, per_action
        if self.falls:
            return boards[:, :, ::-1], per_action[:, ::-1]
        quarters = symmetry // 2 * (1 if self.width == self.height else 2)

        def turn(rows):
            rows = np.rot90(rows, quarters, (1, 2))
            return rows[:, :, ::-1] if symmetry % 2 else rows

        return turn(boards), turn(per_action.reshape(boards.shape)).reshape(per_action.shape)

    def action_name(self, position, action):
        """A column's number, or column and row as on a map: "b3", the lowest row is 1."""
        if self.falls:
            return str(action + 1)
        row, column = divmod(action, self.width)
        return f"{chr(ord('a') + column)}{self.height - row}"

    def split_names(self, moves):
        """With or without blanks: "4453", "b2a3"."""
        return re.findall(r"\w" if self.falls else r"[^\W\d]\d*|\d+", moves)

    def drawn(self, position):
        """x for who moved first, o for the other, the names of actions around."""
        return self.lines(self.seen(position)[0])

    def lines(self, board: np.ndarray) -> str:
        """A board, (height, width) as `seen` gives it, as lines of text."""
        first = 1 if (board == 1).sum() == (board == 2).sum() else 2
        marks = [[".xo"[0 if not piece else 1 if piece == first else 2] for piece in row] for row in board.tolist()]
        below = [str(column + 1) if self.falls else chr(ord("a") + column) for column in range(self.width)]
        if not self.falls:
            marks = [[str(self.height - row), *line] for row, line in enumerate(marks)]
            below = [" ", *below]
        return "\n".join(" ".join(line) for line in [*marks, below])


GAMES = {
    game.name: game
    for game in (
        KInARow("tictactoe", width=3, height=3, k=3, falls=False),
        KInARow("connect4", width=7, height=6, k=4, falls=True),
    )
}
