#!/usr/bin/env bash
# Packages: open_spiel 2.0.2, jax 0.10.2, flax 0.12.8, chex 0.1.92, optax 0.2.8, orbax-checkpoint 0.12.8, numpy 2.4.6.
# Expected: an AlphaZero written in JAX asks its network by a compiled function, as self-play asks it a hundred times for
#   each move.
# Seen: Model.inference of both interfaces, linen and nnx, runs operation by operation. A position of Connect-4 takes a
#   network of 3 residual blocks of 32 channels dozens of times as long as the same call under jax.jit, so that self-play
#   measures JAX's dispatch and not the network. Its figures say nothing of what such a search costs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check open_spiel==2.0.2 jax==0.10.2 jaxlib==0.10.2 flax==0.12.8 \
  chex==0.1.92 optax==0.2.8 orbax-checkpoint==0.12.8 numpy==2.4.6
JAX_PLATFORMS=cpu "$folder/venv/bin/python" - <<'END'
import time
from types import SimpleNamespace

import jax
import numpy as np
from open_spiel.python.algorithms.alpha_zero import utils

ratios = {}
for interface in ("nnx", "linen"):
    kind = utils.api_selector(interface).Model
    model = kind.build_model("resnet", [3, 6, 7], 7, 32, 3, 1e-4, 1e-3, None)
    position = np.zeros((1, 126), "float32"), np.ones((1, 7), bool)
    compiled = jax.jit(lambda state, *given: kind.inference(SimpleNamespace(_state=state), *given))
    state = model._state.replace(opt_state=())
    ways = {"as it is": lambda: model.inference(*position), "compiled": lambda: compiled(state, *position)}
    seconds = {}
    for name, ask in ways.items():
        values = [np.asarray(part) for part in jax.device_get(ask())]
        began = time.process_time()
        for _ in range(20):
            jax.block_until_ready(ask())
        seconds[name] = (time.process_time() - began) / 20, values
    (slow, first), (fast, second) = seconds.values()
    equal = all(np.allclose(*pair, atol=1e-5) for pair in zip(first, second, strict=True))
    ratios[interface] = slow / fast
    print(f"{interface}: {1000 * slow:.1f} ms as it is, {1000 * fast:.2f} ms compiled, the same answers: {equal}")
raise SystemExit(0 if equal and min(ratios.values()) > 5 else 1)
END
