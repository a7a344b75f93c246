"""What a game is: rules for many positions at once, in OpenSpiel's words (Lanctot et al. 2019)."""

from typing import TYPE_CHECKING

import numpy as np

from zoo865.errors import ZooError


class Game:
    """A deterministic game of two players, with perfect information, in which one wins what the other loses.

    Positions are rows of an array whose type the game chooses: what is done, is done with many at once. Values are
    those of the player whose turn it is: 1 is a win, 0 a draw, -1 a loss.

    Attributes:
        name: by which `zoo865.games.find.game_of` finds it.
        actions: how many there are, legal or not.
        shape: of what a player sees of one position.
        pieces: what each place of it holds is one of so many numbers, from 0; None where it may be any number.
        longest: actions that a game can have at most.
        symmetries: ways to turn and mirror a board that leave the game the same, the first of which changes nothing.
    """

    if TYPE_CHECKING:  # fields of some games, of others what follows from these

        @property
        def name(self) -> str: ...  # noqa: D102
        @property
        def actions(self) -> int: ...  # noqa: D102
        @property
        def shape(self) -> tuple[int, ...]: ...  # noqa: D102
        @property
        def longest(self) -> int: ...  # noqa: D102

    @property
    def pieces(self) -> int | None:
        """None, unless a game says otherwise."""
        return None

    @property
    def symmetries(self) -> int:
        """1, unless a game says otherwise."""
        return 1

    def initial_positions(self, count: int) -> np.ndarray:
        """(count, ...) times the position that games begin with."""
        raise NotImplementedError

    def legal_actions(self, positions: np.ndarray) -> np.ndarray:
        """(count, actions) bool: which are allowed, where the game goes on."""
        raise NotImplementedError

    def after(self, positions: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """The positions that legal actions, one in each, lead to."""
        raise NotImplementedError

    def returns(self, positions: np.ndarray) -> np.ndarray:
        """(count,) float32: the value of positions in which the game has ended, NaN of all others."""
        raise NotImplementedError

    def current_players(self, positions: np.ndarray) -> np.ndarray:
        """(count,) int8: whose turn it is, 0 for the player who began; of an ended game whoever `returns` is of."""
        raise NotImplementedError

    def seen(self, positions: np.ndarray) -> np.ndarray:
        """(count, *shape): what the player whose turn it is sees, int8 where there are `pieces`, else float32."""
        raise NotImplementedError

    def keys(self, positions: np.ndarray) -> list:
        """Of each position something hashable that all equal ones have, and no other."""
        raise NotImplementedError

    def turned(self, boards: np.ndarray, per_action: np.ndarray, symmetry: int) -> tuple[np.ndarray, np.ndarray]:
        """Boards, and numbers of each action, (count, actions), as one of the symmetries makes them."""
        return boards, per_action

    def action_name(self, position: np.ndarray, action: int) -> str:
        """How people call an action in a position, (1, ...)."""
        return str(action + 1)

    def drawn(self, position: np.ndarray) -> str:
        """A position, (1, ...), as lines of text."""
        raise NotImplementedError

    def action_names(self, position: np.ndarray) -> dict[str, int]:
        """Name -> legal action of a position, (1, ...); {} where the game has ended."""
        if not np.isnan(self.returns(position)[0]):
            return {}
        (legal,) = map(np.flatnonzero, self.legal_actions(position))
        return {self.action_name(position, int(action)): int(action) for action in legal}

    def from_names(self, moves: str) -> np.ndarray:
        """(1, ...): the position after moves that are told by their names, with blanks between them.

        Raises:
            ZooError: one of them is not legal.
        """
        position = self.initial_positions(1)
        for place, name in enumerate(self.split_names(moves), 1):
            position = self.after_named(position, name, f"{self.name}: move {place}, ")
        return position

    def after_named(self, position: np.ndarray, name: str, where: str = "") -> np.ndarray:
        """(1, ...): the position after the action of a name; `where` begins what the error says.

        Raises:
            ZooError: it is not legal.
        """
        names = self.action_names(position)
        if name not in names:
            held = "possible are " + ", ".join([*names][:12]) if names else "the game has ended"
            raise ZooError(f"{where}{name!r} is not possible", held)
        return self.after(position, np.array([names[name]]))

    def split_names(self, moves: str) -> list[str]:
        """The names in a text."""
        return moves.split()

    def replayed(self, moves: np.ndarray) -> np.ndarray:
        """(count, ...): the positions after these actions, (count, most) integers; shorter rows end with -1."""
        moves = np.asarray(moves, np.int64)
        positions = self.initial_positions(len(moves))
        for actions in moves.T:
            on = actions >= 0
            positions[on] = self.after(positions[on], actions[on])
        return positions
