#!/usr/bin/env bash
# Packages: open_spiel 2.0.2, numpy 2.4.6.
# Expected: the observation tensors of connect_four and tic_tac_toe, two games of k in a row in one library, have their
#   planes in one order; and a tensor that is asked for as a player sees it differs between the two players, or says whose
#   turn it is, since a network is to value it for the player who moves.
# Seen: connect_four has the first player's pieces, the second's, nothing; tic_tac_toe nothing, the second's, the first's.
#   Both players are given the same tensor, and no plane says whose turn it is. A network that is trained on the one and
#   fed the other, or on tensors that it takes for its own view, learns without an error, and plays badly.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check open_spiel==2.0.2 numpy==2.4.6
"$folder/venv/bin/python" - <<'END'
import numpy as np
import pyspiel

found = {}
for name, moves in (("connect_four", (0, 1, 2)), ("tic_tac_toe", (0, 1, 2))):
    game = pyspiel.load_game(name)
    state = game.new_initial_state()
    for move in moves:  # two pieces of the first player, one of the second
        state.apply_action(move)
    views = [np.array(state.observation_tensor(player)).reshape(game.observation_tensor_shape()) for player in (0, 1)]
    counts = views[0].sum((1, 2)).astype(int).tolist()
    places = views[0][0].size
    kinds = {2: "first", 1: "second", places - 3: "nothing"}
    found[name] = [kinds[count] for count in counts], bool(np.array_equal(*views))
    print(f"{name:13} planes {found[name][0]}, the same for both players: {found[name][1]}")
wanted = {
    "connect_four": (["first", "second", "nothing"], True),
    "tic_tac_toe": (["nothing", "second", "first"], True),
}
raise SystemExit(0 if found == wanted else 1)
END
