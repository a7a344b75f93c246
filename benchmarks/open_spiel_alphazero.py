"""Self-play beside OpenSpiel's own AlphaZero in Python (JAX): what games cost, and what is learned from them.

    python -m venv peer
    peer/bin/pip install open_spiel==2.0.2 jax flax chex optax orbax-checkpoint psutil
    taskset -c 1 python benchmarks/open_spiel_alphazero.py cost --peer peer/bin/python
    taskset -c 0 python benchmarks/open_spiel_alphazero.py learning --peer peer/bin/python --minutes 30
    taskset -c 0 python benchmarks/open_spiel_alphazero.py learning --peer peer/bin/python --minutes 30 --compiled

Connect-4, networks of 3 residual blocks of 32 channels, one thread. Settings are those of OpenSpiel's example,
examples/alpha_zero.py, but for one actor, no evaluators, and flax's newer interface (nnx), which is the faster one. It
asks its network operation by operation; "compiled" is the same code with that one call under jax.jit.

"cost": CPU seconds of self-play by untrained networks, after compilation, 100 simulations in every move; of 1,000 games
here, and there of as many whole games as take some time. Games differ in length, so seconds are also told by
simulation. OpenSpiel counts the evaluation of the root as one of its simulations. Turn by turn, each in a new process.

"learning": OpenSpiel's training, stopped after some CPU minutes, those of its actor counted; the moves of its latest
network, alone and by its search, on the test positions of "game:connect4". Its value is one number: lost below -1/3,
won above 1/3, else drawn. Searched are the first of all positions in a random order.

results/open_spiel_alphazero.json keeps every part that was measured.
"""

import argparse
import contextlib
import csv
import gzip
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from interleave import RESULTS, THREADS, alone, save

# The peer's processes inherit these.
os.environ |= dict.fromkeys(THREADS, "1") | {"TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
os.environ |= {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
SIMULATIONS, SEARCHED, PACKAGES = 100, 200, ("open_spiel", "jax", "jaxlib", "flax", "chex", "optax", "orbax-checkpoint")


def of_peer(python: str, function, *arguments) -> dict:
    """What a function of this file gives in a Python that need not have zoo865, with its versions."""
    command, given = [python, __file__, "peer"], json.dumps([function.__name__, *arguments])
    said = subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(said.splitlines()[-1])  # before it what an actor says


def answer_as_peer():
    """The other end of `of_peer`; what OpenSpiel prints goes where errors go."""
    name, *arguments = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        found = globals()[name](*arguments)
    print(json.dumps(found | {"versions": {package: version(package) for package in PACKAGES}}))


def cpu_seconds() -> float:
    """Of this process and of all that it waited for."""
    return sum(os.times()[:4])


def our_games(games: int) -> dict:
    """A generation as `SelfPlay` plays it, but that every search is a full one."""
    import zoo865
    from zoo865.batches.self_play import answers_of
    from zoo865.games.network import Evaluator
    from zoo865.games.self_play import play_generation
    from zoo865.training.build import build_model, load

    recipe = zoo865.get_recipe("alphazero_connect4").override({"model_args.width": 32})  # as theirs
    data = load(recipe)
    game, answer = data.spec.game, answers_of(build_model(recipe, data.spec, "float32"), data.spec)
    how = {name: value for name, value in vars(recipe.batches).items() if name not in ("steps", "replay")}

    def play(simulations: int) -> float:
        changed = {"games": games, "simulations": simulations, "full_share": 1.0}
        evaluate, random = Evaluator(game, answer), np.random.default_rng(0)
        return play_generation(game, evaluate, random, **how | changed)[1]["game_length"]

    play(10)  # compiles: as many games ask for batches of the same sizes
    began = cpu_seconds()
    length = play(SIMULATIONS)
    return _cost(cpu_seconds() - began, games, round(games * length))


def _cost(seconds: float, games: int, moves: int) -> dict:
    per_second = SIMULATIONS * moves / seconds
    found = {"cpu": seconds, "games": games, "moves_per_game": moves / games, "simulations_per_cpu_second": per_second}
    return found | {"cpu_of_1000_games": 1000 * seconds / games}


def configured(**changed):
    """OpenSpiel's game, and the settings of its example with these changes."""
    import pyspiel
    from absl import flags
    from open_spiel.python.algorithms.alpha_zero import alpha_zero
    from open_spiel.python.examples import alpha_zero as example  # defines the flags

    game = pyspiel.load_game("connect_four")
    flags.FLAGS([example.__name__])
    settings = {name: flags.FLAGS[name].value for name in alpha_zero.Config.__dataclass_fields__ if name in flags.FLAGS}
    settings |= {"game": "connect_four", "nn_width": 32, "nn_depth": 3, "actors": 1, "evaluators": 0, "max_steps": 0}
    settings |= {"observation_shape": game.observation_tensor_shape(), "output_size": game.num_distinct_actions()}
    return game, alpha_zero.Config(**settings | changed)


def compile_network():
    """Puts what OpenSpiel asks its network under jax.jit."""
    import jax
    from open_spiel.python.algorithms.alpha_zero import model_nnx

    as_it_is = model_nnx.Model.inference
    compiled = jax.jit(lambda state, *position: as_it_is(SimpleNamespace(_state=state), *position))
    # The optimizer's state, more arrays than the network's, would be passed on every time.
    model_nnx.Model.inference = lambda self, *position: jax.device_get(
        compiled(self._state.replace(opt_state=()), *position)
    )


def compiled_actor(**arguments):
    """OpenSpiel's actor in a process of its own, where the network has to be compiled as well."""
    from open_spiel.python.algorithms.alpha_zero import alpha_zero

    compile_network()
    alpha_zero.actor(**arguments)


def their_games(seconds: float, compiled: bool) -> dict:
    """Whole games, as an actor plays them, until so many seconds are over."""
    from open_spiel.python.algorithms.alpha_zero import alpha_zero, evaluator

    if compiled:
        compile_network()
    game, config = configured(max_simulations=SIMULATIONS)
    model = alpha_zero._init_model_from_config(config)
    bot = alpha_zero._init_bot(config, game, evaluator.AlphaZeroEvaluator(game, model), False)
    bot.mcts_search(game.new_initial_state())  # compiles
    silent = SimpleNamespace(print=lambda *_: None, opt_print=lambda *_: None)
    began, games, moves = cpu_seconds(), 0, 0
    while cpu_seconds() - began < seconds:
        played = alpha_zero._play_game(silent, games, game, (bot, bot), config.temperature, config.temperature_drop)
        games, moves = games + 1, moves + len(played.states)
    return _cost(cpu_seconds() - began, games, moves)


def their_learning(seconds: float, compiled: bool, positions: list[list[int]], searched: list[int]) -> dict:
    """OpenSpiel's training until it and its actor have used so many CPU seconds, and what its last network does.

    Args:
        seconds: of CPU.
        compiled: whether training asks a compiled network; the examination, which is not counted, always does.
        positions: the actions that lead to each.
        searched: which of them are searched.

    Returns:
        What was reached; "moves", the likeliest of each position; "values", for who is to move; "searched" moves.
    """
    import psutil
    from open_spiel.python.algorithms.alpha_zero import alpha_zero, evaluator

    compile_network()  # for the examination: training asks in the actor's process alone
    if compiled:
        alpha_zero.actor = compiled_actor

    def stop_when_over():
        me = psutil.Process()
        while sum(sum(one.cpu_times()[:2]) for one in [me, *me.children()]) < seconds:
            time.sleep(1)
        os.kill(me.pid, signal.SIGINT)  # upon which OpenSpiel lets its actor end, and returns

    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background jobs ignore
    threading.Thread(target=stop_when_over, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        game, config = configured(path=folder)
        alpha_zero.alpha_zero(config)
        found = {"cpu": cpu_seconds(), "steps": Path(folder, "learner.jsonl").read_text().count("\n")}
        found["games"] = Path(folder, "log-actor-0.txt").read_text().count("Returns:")
        model = alpha_zero._init_model_from_config(config)
        latest = max(Path(folder).glob("checkpoint-*"), key=lambda path: path.stat().st_mtime)
        model.load_checkpoint(latest.name.removeprefix("checkpoint-"))
    evaluate, states = evaluator.AlphaZeroEvaluator(game, model), []
    for actions in positions:
        states.append(game.new_initial_state())
        for action in actions:
            states[-1].apply_action(action)
    bot = alpha_zero._init_bot(config.replace(max_simulations=SEARCHED), game, evaluate, True)
    found["moves"] = [max(evaluate.prior(state), key=lambda pair: pair[1])[0] for state in states]
    found["values"] = [float(evaluate.evaluate(state)[state.current_player()]) for state in states]
    found["searched"] = [int(bot.step(states[row])) for row in searched]
    return found | {"settings": {name: value for name, value in vars(config).items() if name != "path"}}


def learning(python: str, minutes: float, compiled: bool, searched: int) -> dict:
    """The exam of `zoo865.tasks.playing.Playing`, taken by what OpenSpiel learned."""
    import zoo865
    from zoo865.metrics.intervals import interval
    from zoo865.tasks.playing import right_moves

    table = Path(zoo865.__file__).parent / "data" / "sets" / "connect4.csv.gz"
    rows = csv.DictReader(gzip.decompress(table.read_bytes()).decode().splitlines())
    positions = [[int(column) - 1 for column in row["moves"]] for row in rows if row["split"] == "test"]
    test = zoo865.load_data("game:connect4").test
    scores = test.take(np.arange(len(test)))["scores"]
    some = np.random.default_rng(0).permutation(len(positions))[:searched]
    found = of_peer(python, their_learning, 60 * minutes, compiled, positions, some.tolist())
    moves, by_search, values = (np.array(found.pop(name)) for name in ("moves", "searched", "values"))
    told = np.sign(values) * (np.abs(values) > 1 / 3) == np.sign(np.nanmax(scores, axis=1))
    alone_right, searched_right = right_moves(scores, moves), right_moves(scores[some], by_search)
    measures = alone_right | {"value_accuracy": float(told.mean())}
    measures |= {f"searched_{name}": share for name, share in searched_right.items()}
    ends = interval(searched_right["right_moves"], len(some))
    measures |= dict(zip(("searched_right_moves_low", "searched_right_moves_high"), ends, strict=True))
    sizes = {"positions": len(positions), "searched_positions": len(some), "simulations_of_search": SEARCHED}
    return {"minutes": minutes, **found, **sizes, "test": measures}


def cost(python: str, rounds: int, seconds: float) -> dict:
    """Every round OpenSpiel as it is, the same with its network compiled, and zoo865."""
    turns = {"open_spiel": [], "open_spiel, compiled": [], "zoo865": []}
    for number in range(rounds):
        for name, measured in turns.items():
            if name == "zoo865":
                measured.append(alone(our_games, 1000))
            else:
                measured.append(of_peer(python, their_games, seconds, "compiled" in name))
            print(f"round {number + 1}/{rounds}  {name:<21} {measured[-1]}", file=sys.stderr, flush=True)
    ratios = {}
    for name in list(turns)[:2]:
        pairs = [*zip(turns[name], turns["zoo865"], strict=True)]
        ratios[f"{name} / zoo865"] = {
            "cpu of 1,000 games": spread(one["cpu_of_1000_games"] / other["cpu_of_1000_games"] for one, other in pairs),
            "cpu of a simulation": spread(
                other["simulations_per_cpu_second"] / one["simulations_per_cpu_second"] for one, other in pairs
            ),
        }
    return {"simulations": SIMULATIONS, "rounds": turns, "ratios": ratios}


def spread(ratios) -> dict:
    """Turn by turn: median and range."""
    found = sorted(ratios)
    return {"median": statistics.median(found), "low": found[0], "high": found[-1], "pairs": len(found)}


def main(given):
    """Measures a part; writes results/open_spiel_alphazero.json."""
    if given.part == "peer":
        return answer_as_peer()
    from zoo865.files import read_json

    if given.part == "cost":
        name, found = "cost", cost(given.peer, given.rounds, given.seconds)
    else:
        name = "learning, compiled" if given.compiled else "learning"
        found = learning(given.peer, given.minutes, given.compiled, given.searched)
    path = RESULTS / "open_spiel_alphazero.json"
    parts = read_json(path)["parts"] if path.is_file() else {}  # now: others may have been written meanwhile
    save("open_spiel_alphazero", parts=parts | {name: found})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("part", choices=("cost", "learning", "peer"), help="peer: for this file's own use")
    parser.add_argument("--peer", default=sys.executable, help="the Python that has open_spiel, jax, flax, chex, optax")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=40, help="of OpenSpiel's games in a round, at least; of CPU")
    parser.add_argument("--minutes", type=float, default=30, help="of OpenSpiel's training, of CPU")
    parser.add_argument("--compiled", action="store_true", help="training asks a compiled network")
    parser.add_argument("--searched", type=int, default=1000, help="positions")
    main(parser.parse_args())
