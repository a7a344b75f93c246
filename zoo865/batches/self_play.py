"""What a network learns from playing itself: positions, what a search thought of each action, and who won."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zoo865.batches.feed import Batches, Feed, dataset_of
from zoo865.errors import ZooError
from zoo865.games.network import Evaluator
from zoo865.games.search import ENDS
from zoo865.games.self_play import play_generation
from zoo865.registry import batches

RANGES = {  # of all other fields from 1 on
    "openings": (0, 10**9, "at least 0"),
    "explored": (0, 10**9, "at least 0"),
    "full_share": (1e-3, 1, "above 0 and up to 1"),
    "search_weight": (0, 1, "from 0 to 1"),
}


@batches
@dataclass(frozen=True)
class SelfPlay(Batches):
    """Games of a network against itself, each move searched, and positions drawn from the latest of them.

    An epoch begins with a generation of whole games, many at once, from openings at random; then as many batches
    follow as are asked for. The model: prepared boards -> {"policy": (batch, actions) logits, "value": (batch, 3)
    logits of loss, draw, win for who is to move}.

    Args:
        games: in a generation.
        steps: batches in an epoch.
        simulations: of a search whose outcome is learned.
        fast_simulations: of all others, which only bring the game on.
        full_share: which share of the searches is learned from (playout cap randomisation, Wu 2019).
        openings: at most so many moves at random begin a game.
        explored: moves that are drawn by how often the search tried them; later the most often tried is made.
        search_weight: how much of the value that is learned is what the search came to; the rest is how the game ended.
        replay: positions that are remembered.

    Raises:
        ZooError: a number out of its range.

    Example:
        >>> SelfPlay(games=64, steps=10).axis([1, 2], steps_together=1)
        ('games', [64, 128])
    """

    games: int = 256
    steps: int = 100
    simulations: int = 100
    fast_simulations: int = 20
    full_share: float = 0.25
    openings: int = 4
    explored: int = 12
    search_weight: float = 0.5
    replay: int = 50_000

    def __post_init__(self):
        for name, value in vars(self).items():
            least, most, said = RANGES.get(name, (1, 10**9, "at least 1"))
            if not least <= value <= most:
                raise ZooError(f"batches.{name} must be {said}, not {value}")

    def open(self, data, *, batch_size: int, seed: int, model, steps_together: int = 1) -> "SelfPlayFeed":
        """Opens the game: batches of boards, and of {"policy": (batch, actions), "value": (batch, 3)} float32."""
        return SelfPlayFeed(self, data, batch_size, seed, model)

    def axis(self, epochs, steps_together: int) -> tuple[str, list]:
        """Games that were played."""
        return "games", [self.games * epoch for epoch in epochs]


class SelfPlayFeed(Feed):
    """See `zoo865.batches.feed.Feed`."""

    def __init__(self, settings: SelfPlay, data, batch_size: int, seed: int, model):
        import tensorflow as tf

        from zoo865.preprocessing import prepare

        self.settings, self.seed, self.steps = settings, seed, settings.steps
        self.batch_size = self.examples_per_step = batch_size
        self.game, self.answer = data.spec.game, answers_of(model, data.spec)
        ((self.name, board),) = data.spec.inputs.items()
        kept, actions = settings.replay, self.game.actions
        self.memory = {
            "board": np.zeros((kept, *board.shape), board.dtype),
            "policy": np.zeros((kept, actions), np.float32),
            "value": np.zeros((kept, ENDS), np.float32),
        }
        self.written, self.played = 0, {}
        spec, wide = data.spec, {"policy": actions, "value": ENDS}
        targets = {name: tf.TensorSpec((batch_size, numbers), tf.float32) for name, numbers in wide.items()}
        self.dataset = dataset_of(self, spec, self._batches, targets, lambda raw, y, seed: (prepare(spec, raw), y))

    def begin_epoch(self, epoch):
        """Plays a generation: here, where all weights are in place. While an epoch trains on JAX the model has none."""
        super().begin_epoch(epoch)
        how = {field: value for field, value in vars(self.settings).items() if field not in ("steps", "replay")}
        evaluate, random = Evaluator(self.game, self.answer), np.random.default_rng([self.seed, epoch, 0])
        new, self.played = play_generation(self.game, evaluate, random, **how)
        rows = (self.written + np.arange(len(new["board"]))) % self.settings.replay
        for name, array in self.memory.items():
            array[rows] = new[name]
        self.written += len(rows)

    def state(self) -> dict:
        """The positions that are remembered, and how many there were."""
        filled = min(self.written, self.settings.replay)
        return {**{name: array[:filled] for name, array in self.memory.items()}, "written": np.array(self.written)}

    def restore(self, state: dict) -> None:
        """Restores what `state` returned."""
        self.written = int(state["written"])
        for name, array in self.memory.items():
            array[: len(state[name])] = state[name]

    def logs(self) -> dict[str, float]:
        """Of the epoch's games: how long they were, and which share was drawn or won by who began."""
        return self.played

    def _batches(self):
        random = np.random.default_rng([self.seed, self.epoch, 1])
        # Keras on JAX asks for a batch, for its shapes, before any epoch has begun: of the memory as it is, all 0.
        filled = min(self.written, self.settings.replay) or self.settings.replay
        for step in range(self.steps):
            rows = random.integers(0, filled, self.batch_size)
            board, policy, value = (array[rows] for array in self.memory.values())
            kinds = random.integers(0, self.game.symmetries, self.batch_size)
            for kind in range(1, self.game.symmetries):
                some = kinds == kind
                board[some], policy[some] = self.game.turned(board[some], policy[some], kind)
            yield {self.name: board}, {"policy": policy, "value": value}, np.array([self.epoch, step])


def answers_of(model, spec) -> Callable:
    """What `zoo865.games.network.Evaluator` asks: raw boards -> probabilities of actions, and of loss, draw, win."""
    from scipy.special import softmax

    from zoo865.preprocessing import prepared

    (name,) = spec.inputs

    def answer(boards):
        outputs = model.predict_on_batch(prepared(spec, {name: boards}))
        return tuple(softmax(outputs[name], axis=-1) for name in ("policy", "value"))

    return answer
