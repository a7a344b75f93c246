"""A page on which one plays against a network: its weights, the rules and the search are all in one HTML file."""

import base64
from pathlib import Path
from typing import Any

import numpy as np

from zoo865.errors import ZooError
from zoo865.exporting.fold import folded
from zoo865.exporting.play_game import check_simulations
from zoo865.files import write_text
from zoo865.games.k_in_a_row import KInARow
from zoo865.games.search import EXPLORATION
from zoo865.private_keras import nodes_by_depth
from zoo865.reporting.page import page_of, page_path
from zoo865.training.published import find_trained

TITLES = {"connect4": "Connect-4", "tictactoe": "Tic-tac-toe"}
UNCHANGED = ("Flatten", "InputLayer")


def play_page(name, *, simulations: int = 200, out="game.html") -> Path:
    """Writes the page.

    Args:
        name: a run, a published model, the path of one, or the name of a system.
        simulations: of each search, to begin with.
        out: the page.

    Returns:
        Its path.

    Raises:
        ZooError: it plays no game of k in a row, has layers that the page knows nothing of, or cannot be written.
    """
    path = page_path(out, "game.html")
    check_simulations(simulations)
    run = find_trained(name)
    game = run.spec.game
    if not isinstance(game, KInARow):
        plays = f"plays {game.name}" if game else "plays no game"
        raise ZooError(f"{run.path} {plays}", "a page has the rules of k in a row: game:connect4, tictactoe, 5,5,4")
    layers, weights = _network(run.model)
    document = {
        "game": {key: getattr(game, key) for key in ("name", "width", "height", "k", "falls")},
        "layers": layers,
        "weights": base64.b64encode(weights.astype("<f2").tobytes()).decode(),
        "simulations": simulations,
        "exploration": EXPLORATION,
    }
    command = f"zoo865 play {name} --simulations {simulations} --page {Path(out).name}"
    about = {"game": game, "title": TITLES.get(game.name, game.name), "origin": run.origin, "command": command}
    write_text(path, page_of("play.html.jinja", document=document, **about))
    return path


def _network(model) -> tuple[list[dict], np.ndarray]:
    """What a network computes, an operation after the other, each with the places of what it reads; and all weights in
    a row, (numbers,) float32.

    Raises:
        ZooError: an operation that is not known here.
    """
    model = folded(model)
    places, found, weights, used = {}, [], [], 0
    for node in nodes_by_depth(model):
        layer, kind = node.operation, type(node.operation).__name__
        reads = [places[id(tensor)] for tensor in node.input_tensors]
        if kind in UNCHANGED:
            places[id(node.outputs[0])] = reads[0] if reads else 0
            continue
        step: dict[str, Any] = {"kind": kind, "reads": reads}
        if kind in ("Conv2D", "Dense"):
            kernel, bias = (np.asarray(weight) for weight in layer.get_weights())
            step |= {"shape": kernel.shape, "at": used, "relu": layer.activation.__name__ == "relu"}
            weights += [kernel.ravel(), bias]
            used += kernel.size + bias.size
        elif kind not in ("ReLU", "Add"):
            raise ZooError(f"the network has a layer {layer.name} ({kind})", "a page knows those of build_alphazero")
        if layer.name in model.output:
            step["gives"] = layer.name
        found.append(step)
        places[id(node.outputs[0])] = len(found)
    return found, np.concatenate(weights)
