"""zoo865 explain"""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from zoo865.cli.output import Json, as_json, quiet_start
from zoo865.errors import ZooError, nearest
from zoo865.files import file_to_write

NAME = "explain"
FUNCTION = "hill"
PAGES = ("gradient-descent", "optimizers", "backprop", "minibatch", "landscape")


def run(
    page: Annotated[
        str,
        typer.Argument(help="What to explain: gradient-descent, optimizers, backprop, minibatch, landscape."),
    ],
    name: Annotated[
        str | None,
        typer.Argument(
            help="Of landscape: a run, a published model (NAME/VERSION), or a system, which is trained for a minute.",
            show_default=False,
        ),
    ] = None,
    function: Annotated[
        str | None,
        typer.Option(
            help="What to go downhill on: hill, quadratic, beale, rosenbrock, rastrigin, saddle, or FILE.py:NAME of a "
            "Python function of one or two parameters.",
            show_default=FUNCTION,
        ),
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="One more start, X or X,Y: --start=-1.5,2", show_default=False)
    ] = None,
    optimizer: Annotated[
        list[str] | None,
        typer.Option(
            help="Of optimizers: one of Keras' that trains mnist_cnn; repeatable.",
            show_default="SGD, without and with momentum, RMSprop, Adam",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="Of landscape: other data for a system; of a run their new location, if they were moved.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[str | None, typer.Option(help="HTML page to write.", show_default="PAGE.html")] = None,
    json: Json = False,
):
    """Explains how networks learn, on an interactive page.

    Gradient descent: every optimizer of Keras goes downhill, from 25 starts at seven learning rates; sliders choose.

    zoo865 explain gradient-descent

    zoo865 explain gradient-descent --function rosenbrock

    zoo865 explain gradient-descent --function my.py:loss --start=-1.5,2

    my.py defines it with keras.ops: def loss(x, y): return x**2 + ops.sin(3 * y)

    Optimizers: all of Keras' side by side, what their parts do, and how they train mnist_cnn.

    zoo865 explain optimizers

    zoo865 explain optimizers --optimizer lion --optimizer adam

    Back-propagation: a gradient by the chain rule, number by number, and how large it is after many layers.

    zoo865 explain backprop

    Mini-batches: where batches of several sizes lead, and how their gradients scatter.

    zoo865 explain minibatch

    Landscape: the loss of a real network on planes through its weights, with the path that training took.

    zoo865 explain landscape mnist_cnn --data mnist_sample

    zoo865 explain landscape runs/RUN
    """
    if page not in PAGES:
        raise ZooError(f"nothing called {page!r} is explained", nearest(page, PAGES))
    point = _numbers(start)
    options = {
        "--function": (function is not None, "gradient-descent"),
        "--start": (start is not None, "gradient-descent"),
        "--optimizer": (bool(optimizer), "optimizers"),
        "NAME": (name is not None, "landscape"),
        "--data": (data is not None, "landscape"),
    }
    for option, (given, its_page) in options.items():
        if given and page != its_page:
            raise ZooError(f"{page} takes no {option}", f"omit {option}: {its_page} has it")
    if page == "landscape" and name is None:
        raise ZooError("landscape of which network?", "name a run or a system: zoo865 explain landscape mnist_cnn")
    out, function = out or f"{page}.html", function or FUNCTION
    file_to_write(out)
    with quiet_start():
        from zoo865.explain.backprop import backprop
        from zoo865.explain.gradient_descent import gradient_descent
        from zoo865.explain.landscape import landscape
        from zoo865.explain.minibatch import minibatch
        from zoo865.explain.optimizers import compare_optimizers

    doing, write = {
        "gradient-descent": (
            f"every optimizer goes downhill on {function} (half a minute)",
            lambda: gradient_descent(function, start=point, out=out),
        ),
        "optimizers": (
            "optimizers go downhill and train a network (two or three minutes)",
            lambda: compare_optimizers(optimizer or (), out=out),
        ),
        "backprop": ("gradients go back (half a minute)", lambda: backprop(out)),
        "minibatch": ("small networks learn from batches (half a minute)", lambda: minibatch(out)),
        "landscape": (
            f"two planes through the weights of {name} (minutes)",
            lambda: landscape(str(name), data=data, out=out),
        ),
    }[page]
    with Console(stderr=True).status(Text(doing)):
        path = write()
    if json:
        as_json({"page": str(path)})
        return
    print(f"open in a browser: {path}")


def _numbers(start: str | None) -> list[float] | None:
    try:
        return [float(part) for part in start.split(",")] if start is not None else None
    except ValueError as error:
        raise ZooError(f"--start {start} is no point", "give one or two numbers: --start=-1.5,2") from error
