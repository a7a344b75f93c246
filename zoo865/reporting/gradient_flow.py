"""How the layers of a run learned: what was watched in training as a chart, and what stands out as a sentence."""

from collections.abc import Iterator, Mapping

import numpy as np
from keras import activations, layers

from zoo865.data.statistics import spread
from zoo865.errors import ZooError
from zoo865.files import read_json
from zoo865.preprocessing import prepared
from zoo865.tasks.task import ReportSection
from zoo865.training.run import Run
from zoo865.visualize.activations import activations_of
from zoo865.visualize.charts import layers_over_epochs
from zoo865.visualize.layers import layers_of

EXAMPLES = 256  # of validation, for none of which a dead unit is above 0
USUAL = 1e-3  # updates beside the weights
LARGE, SMALL = 0.1, 1e-6
UNSETTLED = 10  # times the usual, at the end
VANISHED = 1e-5  # of the largest layer's gradient
DEAD = 0.5  # of a layer's units


def gradient_flow_sections(run: Run) -> Iterator[ReportSection]:
    """A section, if training was watched.

    Args:
        run: a run.
    """
    path = run.path / "gradient_flow.json"
    rows = read_json(path) if path.is_file() else []
    if not (names := list(dict.fromkeys(name for row in rows for name in row["layers"]))):
        return
    gradients, updates = (
        np.array([[row["layers"].get(name, {}).get(kind, np.nan) for row in rows] for name in names])
        for kind in ("gradient", "update")
    )
    dead = dead_units(run)
    said = next(_findings(run.recipe.phases[-1], names, gradients, updates, dead), "Nothing stands out.")
    about = "One training step in fifty, one an epoch at least, averaged over each epoch; layers from the input on. "
    about += f"About {USUAL:g} is usual for updates beside the weights. Colours are on logarithmic scales."
    values = {"Norm of the gradient": gradients, "Update beside the weights": updates}
    figure = layers_over_epochs(values, names, [row["epoch"] for row in rows])
    table = {"layer": list(dead), "units that are 0 for all examples": [f"{share:.0%}" for share in dead.values()]}
    yield ReportSection("gradient_flow", "How the layers learned", f"{said} {about}", figure, table if dead else None)


def _findings(phase, names, gradients, updates, dead: Mapping[str, float]) -> Iterator[str]:
    """What is off, the worst first: the layer, and the setting to try."""

    def rate(factor: float) -> str:
        return f"--set phases.{phase.name}.optimizer.learning_rate={factor * phase.optimizer.learning_rate:.2g}"

    gradient, update = (np.nanmedian(values, axis=1) for values in (gradients, updates))
    if update.max() > LARGE:
        worst = update.argmax()
        yield f"{names[worst]} changed by {update[worst]:.0%} of its weights a step: try a lower rate, {rate(0.3)}."
    if gradient.min() < VANISHED * gradient.max():
        worst, best, share = gradient.argmin(), gradient.argmax(), gradient.min() / gradient.max()
        yield (
            f"The gradient vanishes: that of {names[worst]} is {share:.0e} of that of {names[best]}. Batch "
            "normalisation, or activation relu with first weights by He, lets more through."
        )
    worst = max(dead, key=dead.__getitem__, default="")
    if worst and dead[worst] > DEAD:
        yield f"{dead[worst]:.0%} of the units of {worst} are dead: try a lower rate, {rate(0.3)}."
    end = updates[:, -1]
    if np.nanmax(end) > UNSETTLED * USUAL:
        worst = int(np.nanargmax(end))
        yield (
            f"In the last epoch {names[worst]} still changed by {end[worst]:.1%} of its weights a step, where "
            f"{USUAL:.1%} is usual: train longer (--epochs), or at a lower rate, {rate(0.3)}."
        )
    most = np.nanmax(updates, axis=1)
    if most.min() < SMALL:
        worst = most.argmin()
        yield f"{names[worst]} changed by {most[worst]:.0e} of its weights a step: try a higher rate, {rate(3)}."


def dead_units(run: Run) -> dict[str, float]:
    """Layer with relu -> the share of its units that are 0 for 256 validation examples, wherever these are images.

    Args:
        run: a run.
    """
    rectified = [path for path, layer in layers_of(run.model).items() if _is_relu(layer)]
    try:
        _ = run.spec.image  # there are images, or an error is raised
        images = prepared(run.spec, spread(run.data.validation, EXAMPLES))
        given, _ = activations_of(run.model, np.asarray(images), rectified)
    except ZooError:  # no images, data that are gone, several answers, a layer in several places
        return {}
    return {
        path: float((values.reshape(-1, values.shape[-1]).max(0) <= 0).mean())
        for path, values in zip(rectified, given, strict=True)
    }


def _is_relu(layer) -> bool:
    return isinstance(layer, layers.ReLU) or getattr(layer, "activation", None) is activations.relu
