"""The machinery behind AlphaGo: a policy network, a value network, and a search that both lead.

python apps/alphazero.py                            # tic-tac-toe: a minute
python apps/alphazero.py --game connect4            # longer: half a minute an epoch, 64 of them
"""

import argparse

import numpy as np

import zoo865
from zoo865.batches.self_play import answers_of
from zoo865.games.find import game_of
from zoo865.games.network import Evaluator
from zoo865.games.players import match, random_player, searching_player
from zoo865.games.search import search


def main(name: str):
    """Rules, self-play, what the network thinks, what a search makes of it, games."""
    # All that is given: the rules.
    game = game_of(name)
    position = game.initial_positions(1)
    print(f"{game.drawn(position)}\npossible: {', '.join(game.action_names(position))}")

    # Training: the network plays against itself (zoo865/games/self_play.py), and learns what the search tried, and who
    # won (zoo865/models/alphazero.py).
    run = zoo865.train(f"alphazero_{name}")

    # The policy: how likely each move is. And how likely who is to move loses, draws, wins.
    network = Evaluator(game, answers_of(run.model, run.spec))
    (likely,), (ends,) = network(position)
    print("policy", np.round(likely, 2), "loss, draw, win", np.round(ends, 2))

    # A search of 200 simulations tries what is likely, and more often what turns out well.
    found = search(game, position, network, simulations=200)
    print("visits", found.visits[0], "value", round(float(found.values[0]), 2))

    # Games from the first move on, both ways round, against moves at random.
    player, random = searching_player(game, network, 50), random_player(game, np.random.default_rng(0))
    results, _ = match(game, player, random, game.initial_positions(20))
    print(f"won {(results > 0).sum()}, drawn {(results == 0).sum()}, lost {(results < 0).sum()} against random moves")

    # Report, and what serves: boards in, probabilities and value out. Play it: zoo865 play RUN
    print(f"open in a browser: {zoo865.report(run)}")
    print(f"serve: {zoo865.export(run)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--game", default="tictactoe", choices=["tictactoe", "connect4"])
    main(parser.parse_args().game)
