"""Any game of OpenSpiel that fits, by its own rules: othello, breakthrough, hex, and dozens of others.

Positions are OpenSpiel's states, one Python object each, and so much slower than the zoo's own rules.

Paper: Lanctot et al. 2019.
"""

import numpy as np

from zoo865.errors import ZooError, nearest
from zoo865.games.game import Game

FIT = "othello, breakthrough, hex, connect_four and clobber have them"


class OpenSpielGame(Game):
    """The rules of a game by its name there, with parameters where it takes some: "othello", "hex(board_size=5)".

    Args:
        name: of the game.

    Raises:
        ZooError: open_spiel is not installed, it knows no such game, or the game is not one of two players, without
            chance and with nothing hidden, in which one wins what the other loses.

    Example:
        >>> game = OpenSpielGame("tic_tac_toe")  # doctest: +SKIP
        >>> game.actions
        9
    """

    name: str
    actions: int
    longest: int
    shape: tuple[int, ...]

    def __init__(self, name: str):
        self.name = f"open_spiel/{name}"
        self.rules = _load(name)
        self.actions, self.longest = self.rules.num_distinct_actions(), self.rules.max_game_length()
        shape = self.rules.observation_tensor_shape()
        # A plane, or a number, more for whose turn it is: not all games' tensors say it.
        self.tensor_shape = tuple(shape)
        self.shape = (*shape[1:], shape[0] + 1) if len(shape) == 3 else (int(np.prod(shape)) + 1,)

    def initial_positions(self, count):
        """States before the first action."""
        return _states([self.rules.new_initial_state() for _ in range(count)])

    def legal_actions(self, positions):
        """As the states say."""
        legal = np.zeros((len(positions), self.actions), bool)
        for row, state in zip(legal, positions, strict=True):
            row[state.legal_actions()] = True  # of a state in which the game has ended []
        return legal

    def after(self, positions, actions):
        """Copies, to which the actions were applied."""
        return _states([state.child(int(action)) for state, action in zip(positions, actions, strict=True)])

    def returns(self, positions):
        """For whose turn it is; where the game has ended for the player who began."""
        # In some games one wins by a margin; what is learned is who wins.
        ended = [np.sign(state.returns()[0]) if state.is_terminal() else np.nan for state in positions]
        return np.array(ended, np.float32)

    def current_players(self, positions):
        """As the states say; where the game has ended 0."""
        return np.array([max(0, state.current_player()) for state in positions], np.int8)

    def seen(self, positions):
        """(count, ...) float32: OpenSpiel's tensor as the player sees it, channels last, and the player's number."""
        players = self.current_players(positions)
        tensors = [state.observation_tensor(int(one)) for state, one in zip(positions, players, strict=True)]
        boards = np.array(tensors, np.float32).reshape(len(positions), *self.tensor_shape)
        boards = np.moveaxis(boards, 1, -1) if len(self.tensor_shape) == 3 else boards.reshape(len(positions), -1)
        turn = np.broadcast_to(players.reshape(-1, *[1] * (boards.ndim - 1)), (*boards.shape[:-1], 1))
        return np.concatenate([boards, turn.astype(np.float32)], axis=-1)

    def keys(self, positions):
        """How they came about: a board alone does not always tell what may follow."""
        return [state.history_str() for state in positions]

    def action_name(self, position, action):
        """As OpenSpiel calls it, blanks left out."""
        return "".join(position[0].action_to_string(action).split())

    def drawn(self, position):
        """As OpenSpiel shows it."""
        return str(position[0])


def _states(states) -> np.ndarray:
    array = np.empty(len(states), object)
    array[:] = states
    return array


def _load(name: str):
    try:
        import pyspiel
    except ImportError as error:
        raise ZooError(f"game:open_spiel/{name} needs open_spiel", "pip install 'zoo865[games]'") from error
    called = name.partition("(")[0]
    if called not in (known := pyspiel.registered_names()):
        raise ZooError(f"open_spiel has no game {called!r}", nearest(called, known))
    types = pyspiel.GameType
    try:
        rules = pyspiel.load_game(name)
    except Exception as error:  # a SpielError; of parameters that it does not know
        said = str(error).strip().partition("\n")[0]
        raise ZooError(f"game:open_spiel/{name} fails: {said}", "give its parameters as NAME(size=5)") from error
    kind = rules.get_type()
    wrong = {
        "more or fewer than two players": rules.num_players() != 2,
        "actions at the same time": kind.dynamics != types.Dynamics.SEQUENTIAL,
        "chance": kind.chance_mode != types.ChanceMode.DETERMINISTIC,
        "hidden information": kind.information != types.Information.PERFECT_INFORMATION,
        "winnings that another does not lose": kind.utility != types.Utility.ZERO_SUM,
        "no tensor of what a player sees": not kind.provides_observation_tensor,
    }
    if found := [what for what, so in wrong.items() if so]:
        needed = "games of two players without chance, in which all is seen and one wins what the other loses"
        raise ZooError(f"game:open_spiel/{name} has {' and '.join(found)}", f"needed are {needed}: {FIT}")
    return rules
