#!/usr/bin/env bash
# Packages: open_spiel 2.0.2, jax 0.10.2, flax 0.12.8, chex 0.1.92, optax 0.2.8, orbax-checkpoint 0.12.8, numpy 2.4.6.
# Expected: importing a module of an algorithm leaves the standard library as it is; a program that then asks for start
#   method "fork" by multiprocessing.set_start_method("fork", force=True) gets it, or an error.
# Seen: importing open_spiel.python.algorithms.alpha_zero.alpha_zero sets "spawn" and replaces
#   multiprocessing.set_start_method by a function that does nothing. Whoever asks afterwards is told nothing, and all
#   processes of the program go on to be spawned: what they are given must be picklable and importable, which a function
#   defined in a notebook is not. multiprocessing.get_context("fork") is not affected.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check open_spiel==2.0.2 jax==0.10.2 jaxlib==0.10.2 flax==0.12.8 \
  chex==0.1.92 optax==0.2.8 orbax-checkpoint==0.12.8 numpy==2.4.6
"$folder/venv/bin/python" - <<'END'
import multiprocessing

before = multiprocessing.set_start_method
import open_spiel.python.algorithms.alpha_zero.alpha_zero  # noqa: E402, F401

multiprocessing.set_start_method("fork", force=True)  # no error
after = multiprocessing.get_start_method()
replaced = multiprocessing.set_start_method is not before
own = multiprocessing.get_context("fork").get_start_method()
print(f"asked for fork, got {after}; set_start_method was replaced: {replaced}; a context of one's own: {own}")
raise SystemExit(0 if (after, replaced, own) == ("spawn", True, "fork") else 1)
END
