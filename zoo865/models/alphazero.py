"""alphazero: a network that learns a game by playing itself, knowing nothing but its rules.

Residual convolutions look at a board. One head tells how likely each move is, the other who will win. A Monte Carlo
tree search that the network leads finds better moves than the network alone, game after game against itself; and the
network learns what the search came to, and who won.

Papers: Silver et al. 2017 (AlphaGo Zero), 2018 (AlphaZero); Wu 2019 (KataGo: searches of two lengths).

Differences from AlphaZero:
1. A network more than a hundred times smaller, and searches of at most 100 simulations in place of 800.
2. The value is three probabilities, of loss, draw and win, and no single number; it is learned from what the search
   came to as much as from how the game ended.
3. In Connect-4 a quarter of the moves is searched in full and learned from; the others are searched briefly, for the
   game to go on.
4. Every game begins with up to eight moves at random, so that few are alike.
5. Generations and gradient steps take turns, in place of running at once on thousands of machines.

Compared with: exact play, by minimax in all 4,520 positions of tic-tac-toe, by a solver in 6,744 of Connect-4, 2,150 of
8 moves and 4,594 of random games. Of their moves a tree search without a network keeps what the position is worth in
73.4 and 89.2 % with 100 random games a move, in 79.6 and 93.1 % with 1,000 (benchmarks/game_strength.py).

Limits: it knows one game on one board. It plays best where games go that it played itself: openings of up to eight
moves at random and what follows from them. It is no solver; in Connect-4 a search finds what the network overlooks.
"""

import keras
from keras import layers

from zoo865.batches.self_play import SelfPlay
from zoo865.layers.batch_normalization import BatchNormalization
from zoo865.recipe import Optimizer, Phase, Recipe, recipe
from zoo865.tasks.playing import Playing


def build_alphazero(
    *, board_shape: tuple[int, ...], actions: int, width: int = 32, blocks: int = 3, hidden: int = 32
) -> keras.Model:
    """Builds the network.

    Args:
        board_shape: (rows, columns, planes) of a board as it is prepared; or (numbers,).
        actions: how many there are.
        width: channels of the convolutions.
        blocks: residual blocks of two convolutions each.
        hidden: units of the value's hidden layer.

    Returns:
        Model: (batch, *board_shape) float32 -> {"policy": (batch, actions) logits, "value": (batch, 3) logits}.

    Example:
        >>> network = build_alphazero(board_shape=(6, 7, 3), actions=7, width=8, blocks=1)
        >>> network(np.zeros((2, 6, 7, 3)))["policy"].shape
        TensorShape([2, 7])
    """
    board = keras.Input(board_shape, name="board")
    flat = len(board_shape) == 1  # numbers in no order
    x = _normalized(board, width, flat, name="stem")
    for block in range(1, blocks + 1):
        more = _normalized(x, width, flat, name=f"block{block}_first")
        more = _normalized(more, width, flat, name=f"block{block}_second", relu=False)
        x = layers.ReLU(name=f"block{block}_relu")(layers.Add(name=f"block{block}_sum")([x, more]))

    def head(outputs, name, hidden=0):
        end = x if flat else layers.Flatten(name=f"{name}_places")(_normalized(x, 8, True, name=f"{name}_fewer"))
        if hidden:
            end = layers.Dense(hidden, activation="relu", name=f"{name}_hidden")(end)
        return layers.Dense(outputs, dtype="float32", name=name)(end)

    outputs = {"policy": head(actions, "policy"), "value": head(3, "value", hidden)}
    return keras.Model(board, outputs, name="alphazero")


def _normalized(x, channels: int, single: bool, name: str, relu: bool = True):
    """A convolution, of single places or numbers a dense layer, and batch normalisation."""
    make = layers.Dense(channels, use_bias=False, name=name) if single else None
    make = make or layers.Conv2D(channels, 3, padding="same", use_bias=False, name=name)
    x = BatchNormalization(momentum=0.9, name=f"{name}_norm")(make(x))
    return layers.ReLU(name=f"{name}_relu")(x) if relu else x


TINY = {
    "data": "game:tictactoe",
    "model_args.width": 16,
    "model_args.blocks": 1,
    "task.simulations": 10,
    "batches.games": 48,
    "batches.steps": 40,
    "batches.simulations": 16,
    "batches.fast_simulations": 8,
    "batches.replay": 1000,
    "batch_size": 32,
    "epochs": 3,
}


@recipe
def alphazero_tictactoe():
    """Tic-tac-toe, learned by playing against itself."""
    return Recipe(
        task=Playing(simulations=25),
        data="game:tictactoe",
        batches=SelfPlay(games=256, steps=200, simulations=50, full_share=1.0, openings=8, explored=9, replay=12_000),
        batch_size=128,
        keep="last",
        model=build_alphazero,
        model_args={"width": 32, "blocks": 2},
        phases=(Phase("train", 30, Optimizer("adamw", 5e-3, "cosine", warmup=0.05, weight_decay=1e-4)),),
        tiny=TINY,
    )


@recipe
def alphazero_connect4():
    """Connect-4, learned by playing against itself."""
    return Recipe(
        task=Playing(simulations=200),
        data="game:connect4",
        batches=SelfPlay(games=512, openings=8),
        batch_size=256,
        keep="last",
        model=build_alphazero,
        model_args={"width": 48, "blocks": 3},
        phases=(Phase("train", 64, Optimizer("adamw", 5e-3, "cosine", warmup=0.05, weight_decay=1e-4)),),
        tiny=TINY,
    )
