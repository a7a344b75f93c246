"""Ways of doing the same thing, timed in turns: A B A B, each in a process of its own that lives through all turns.

Noise from outside then hits all ways alike, and no way warms another's caches or takes its threads. Every way gets the
same number of threads: the cores that this process may use.
"""

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import sys
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "MKL_NUM_THREADS")


def interleaved(ways: dict, rounds: int, warm_ups: int = 1) -> dict[str, list[dict]]:
    """Times every way once a round.

    Args:
        ways: name -> (prepare, arguments); `prepare(*arguments)` runs in the way's process and gives a function of the
            round's number, which is timed. Both must be importable from their file.
        rounds: how often; the order turns round every time.
        warm_ups: calls before that are not counted.

    Returns:
        name -> a dict a round: cpu and wall seconds, "result" (what the function gave, if it is JSON), and
        "peak_memory_mb" of the process so far.
    """
    os.environ |= dict.fromkeys(THREADS, str(CORES)) | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    context = multiprocessing.get_context("spawn")
    pipes, measured = {}, {name: [] for name in ways}
    for name, (prepare, arguments) in ways.items():
        pipes[name], theirs = context.Pipe()
        context.Process(target=_way, args=(theirs, prepare, arguments), daemon=True).start()
        theirs.close()  # else `recv` would wait for ever for a way that was killed
    for name, pipe in pipes.items():
        _received(name, pipe)  # all are prepared before the first is timed
    for number in range(-warm_ups, rounds):
        for name in sorted(ways, reverse=number % 2 == 1):
            pipes[name].send(number)
            found = _received(name, pipes[name])
            shown = {key: value for key, value in found.items() if key != "result"}
            print(f"round {number + 1}/{rounds}  {name:<34} {shown}", file=sys.stderr)
            if number >= 0:
                measured[name].append(found)
    for pipe in pipes.values():
        pipe.send(None)
    return measured


def alone(function, *arguments) -> dict:
    """What a function gives in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def ratios(measured: dict, pairs) -> dict[str, dict]:
    """ "ONE / OTHER" -> in "cpu" and "wall" seconds, how many times as long `one` takes as `other`.

    Args:
        measured: as `interleaved` gives it.
        pairs: (one, other), names of ways.
    """
    return {
        f"{one} / {other}": {clock: _ratio(measured[one], measured[other], clock) for clock in ("cpu", "wall")}
        for one, other in pairs
    }


def save(name: str, **document):
    """Writes results/NAME.json with hardware, versions, the command and the threads of each way, and prints it."""
    from zoo865.files import write_json
    from zoo865.training.devices import hardware, versions

    # Of paths their ends: where a person keeps their photos is their own business.
    given = [Path(argument).name if os.sep in argument else argument for argument in sys.argv[1:]]
    command = " ".join(["python", f"benchmarks/{name}.py", *given])
    document = {"command": command, "threads": CORES, **document, "hardware": hardware(), "versions": versions()}
    write_json(RESULTS / f"{name}.json", document)
    print(json.dumps(document, indent=2))


def from_command_line(main, about: str):
    """Calls main(data, rounds) with what the command line says."""
    parser = argparse.ArgumentParser(description=about.split("\n")[0])
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    main(arguments.data, arguments.rounds)


class Clock:
    """CPU and wall seconds, but for those in which it is stopped."""

    def __init__(self):
        self.began, self.without = self._now(), [0.0, 0.0]

    def _now(self):
        return time.process_time(), time.perf_counter()

    def aside(self, function):
        """The function, whose seconds do not count."""

        def called(*arguments, **named):
            before = self._now()
            try:
                return function(*arguments, **named)
            finally:
                for index, (now, then) in enumerate(zip(self._now(), before, strict=True)):
                    self.without[index] += now - then

        return called

    def read(self) -> dict:
        """{"cpu", "wall"} seconds so far."""
        took = [now - then - less for now, then, less in zip(self._now(), self.began, self.without, strict=True)]
        return dict(zip(("cpu", "wall"), took, strict=True))


def _ratio(turns: list[dict], others: list[dict], clock: str) -> dict:
    """Turn by turn: median and range."""
    found = [a[clock] / b[clock] for a, b in zip(turns, others, strict=True)]
    return {
        "median": round(statistics.median(found), 3),
        "low": round(min(found), 3),
        "high": round(max(found), 3),
        "pairs": len(found),
    }


def _received(name, pipe) -> dict:
    try:
        found = pipe.recv()
    except EOFError:
        raise RuntimeError(f"{name}: its process was ended") from None
    if isinstance(found, str):
        raise RuntimeError(f"{name}: {found}")
    return found


def _way(pipe, prepare, arguments):
    try:
        run = prepare(*arguments)
        pipe.send({})
        while (number := pipe.recv()) is not None:
            cpu, wall = time.process_time(), time.perf_counter()
            result = run(number)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            pipe.send({"cpu": round(cpu, 6), "wall": round(wall, 6), "peak_memory_mb": round(peak), "result": result})
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")
        raise
