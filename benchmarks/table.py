"""The README's table of benchmarks, from results/*.json.

python benchmarks/table.py     # writes it into README.md
"""

import re
from pathlib import Path

from interleave import RESULTS

from zoo865.files import read_json, write_text

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"(<!-- benchmarks/table.py -->\n).*?(<!-- end -->)", re.DOTALL)


def times(found: dict, digits: int = 2) -> str:
    """A ratio's median with its range."""
    return f"{found['median']:.{digits}f} ({found['low']:.{digits}f} to {found['high']:.{digits}f})"


def rows() -> list[tuple[str, str, str, str]]:
    """what, in CPU seconds, in wall seconds, the command."""
    training, reaching, answering = (
        read_json(RESULTS / f"{name}.json") for name in ("training_speed", "time_to_accuracy", "inference_speed")
    )
    found = []
    for what, name in (
        (
            "Training, float32: time of `zoo865 train` / of a bare `keras.Model.fit`",
            "zoo865 float32 / keras fit float32",
        ),
        ("Training: time of float32 / of `--precision auto`", "zoo865 float32 / zoo865 auto"),
        ("Training: time of `--precision auto` / of PyTorch, eager, bfloat16", "zoo865 auto / pytorch bfloat16"),
        ("Training, float32: time of `zoo865 train` / of PyTorch, eager", "zoo865 float32 / pytorch float32"),
    ):
        both = training["ratios"][name]
        found.append((what, times(both["cpu"]), times(both["wall"]), training["command"]))
    if not all(reaching["reached"].values()):
        raise SystemExit(f"not every seed reached {reaching['target']:.0%}: {reaching['reached']}")
    both = reaching["ratios"]
    what = "Until 99 % of MNIST's test is right: time of the recipe of keras.io / of `mnist_fast`"
    found.append((what, times(both["cpu"]), times(both["wall"]), reaching["command"]))
    for what, name in (
        ("One answer: time of `model.predict` / of `Predictor.predict`", "model.predict 1 / Predictor.predict 1"),
        ("64 answers: time of `Predictor.run` / of ONNX Runtime", "Predictor.run 64 / ONNX Runtime 64"),
        ("One answer: time of `Predictor.run`, ONNX / of ONNX Runtime", "Predictor.run onnx 1 / ONNX Runtime 1"),
    ):
        both = answering["ratios"][name]
        found.append((what, times(both["cpu"]), times(both["wall"]), answering["command"]))
    return found


def table() -> str:
    """The table as Markdown."""
    lines = ["| ratio | CPU seconds | wall seconds | with |", "| --- | --- | --- | --- |"]
    lines += [f"| {what} | {cpu} | {wall} | `{command}` |" for what, cpu, wall, command in rows()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write_text(README, BLOCK.sub(lambda found: found[1] + table() + found[2], README.read_text()))
