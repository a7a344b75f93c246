"""What is said before training, since the first epoch may take long."""

import sys

from zoo865.errors import counted
from zoo865.recipe import Recipe
from zoo865.training.devices import hardware


def announce(run, asked: Recipe):
    """Prints on stderr what is trained, on what, with what, and where it is written.

    Args:
        run: a Run, with its data at hand.
        asked: its recipe before the steps of phases were bounded.
    """
    sizes = " / ".join(f"{len(run.data.split(split)):,}" for split in ("train", "validation", "test"))
    data = run.data.name if run.data.environment else f"{run.data.name} ({sizes})"
    machine = hardware()
    device = ", ".join(machine["gpus"]) or counted(machine["cores"], "core")
    print(f"training {run.recipe.name} on {data} with {device}, writing to {run.path}", file=sys.stderr)
    for before, phase in zip(asked.phases, run.recipe.phases, strict=True):
        if phase.epochs < before.epochs:
            fewer = f"{phase.epochs} of {before.epochs} epochs"
            print(f"phase {phase.name}: {fewer}, by max_steps={phase.max_steps}", file=sys.stderr)
