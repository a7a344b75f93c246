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


RATIOS = {
    "training_speed": {
        "Training, float32: time of `zoo865 train` / of a bare Keras `fit`": "zoo865 float32 / keras fit float32",
        "The same with Keras' batch normalisation: float32 / `--precision auto`": "zoo865 float32 / zoo865 auto",
        "The same with the zoo's: float32 / `--precision auto`": "zoo865 float32, fused / zoo865 auto, fused",
        "Training: time of a bare float32 `fit` / of `auto` with the zoo's": "keras fit float32 / zoo865 auto, fused",
        "Training, bfloat16: time of `zoo865 train` / of PyTorch, eager": "zoo865 auto, fused / pytorch bfloat16",
        "Training, float32: time of `zoo865 train` / of PyTorch, eager": "zoo865 float32, fused / pytorch float32",
    },
    "time_to_accuracy": {
        "Until 99 % of MNIST's test is right: time of the keras.io recipe / of `mnist_fast`": "keras.io / mnist_fast",
    },
    "agent_speed": {
        "An agent, a gradient step for 4 steps: time of stable-baselines3 / of `zoo865`": "stable-baselines3 / zoo865",
        "The same: time of the loop of TF-Agents' tutorial / of `zoo865`": "tutorial / zoo865",
    },
    "time_to_return": {
        "Until CartPole's return is 475: time of stable-baselines3 / of `dqn_cartpole`": "stable-baselines3 / zoo865",
    },
    "inference_speed": {
        "One answer: time of `model.predict` / of `Predictor.predict`": "model.predict 1 / Predictor.predict 1",
        "One answer: time of `model.predict` / of the same, ONNX": "model.predict 1 / Predictor.predict onnx 1",
        "64 answers: time of `Predictor.run` / of ONNX Runtime": "Predictor.run 64 / ONNX Runtime 64",
        "64 answers: time of the same, ONNX / of ONNX Runtime": "Predictor.run onnx 64 / ONNX Runtime 64",
        "One answer: time of `Predictor.run`, ONNX / of ONNX Runtime": "Predictor.run onnx 1 / ONNX Runtime 1",
    },
}


def rows() -> list[tuple[str, str, str, str]]:
    """what, in CPU seconds, in wall seconds, the command."""
    found = []
    for benchmark, ratios in RATIOS.items():
        result = read_json(RESULTS / f"{benchmark}.json")
        if not all(result.get("reached", {}).values()):
            raise SystemExit(f"not every seed reached {result['target']}: {result['reached']}")
        for what, name in ratios.items():
            both = result["ratios"][name]
            found.append((what, times(both["cpu"]), times(both["wall"]), result["command"]))
    return found


def table() -> str:
    """The table as Markdown."""
    lines = ["| ratio | CPU seconds | wall seconds | with |", "| --- | --- | --- | --- |"]
    lines += [f"| {what} | {cpu} | {wall} | `{command}` |" for what, cpu, wall, command in rows()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write_text(README, BLOCK.sub(lambda found: found[1] + table() + found[2], README.read_text()))
