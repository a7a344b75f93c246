"""zoo865 explain"""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from zoo865.cli.output import Json, as_json, quiet_start
from zoo865.errors import ZooError, nearest

NAME = "explain"
FUNCTION = "hill"
PAGES = ("gradient-descent", "backprop", "minibatch")


def run(
    page: Annotated[str, typer.Argument(help="What to explain: gradient-descent, backprop, minibatch.")],
    function: Annotated[
        str,
        typer.Option(
            help="What to go downhill on: hill, quadratic, beale, rosenbrock, rastrigin, saddle, or FILE.py:NAME of a "
            "Python function of one or two parameters."
        ),
    ] = FUNCTION,
    start: Annotated[
        str | None, typer.Option(help="One more start, X or X,Y: --start=-1.5,2", show_default=False)
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

    Back-propagation: a gradient by the chain rule, number by number, and how large it is after many layers.

    zoo865 explain backprop

    Mini-batches: where batches of several sizes lead, and how their gradients scatter.

    zoo865 explain minibatch
    """
    if page not in PAGES:
        raise ZooError(f"nothing called {page!r} is explained", nearest(page, PAGES))
    with quiet_start():
        from zoo865.explain.backprop import backprop
        from zoo865.explain.gradient_descent import gradient_descent
        from zoo865.explain.minibatch import minibatch

    out, point = out or f"{page}.html", _numbers(start)
    if page != "gradient-descent" and (function != FUNCTION or start is not None):
        raise ZooError(f"{page} goes downhill on no function", "omit --function and --start")
    doing, write = {
        "gradient-descent": (
            f"every optimizer goes downhill on {function}",
            lambda: gradient_descent(function, start=point, out=out),
        ),
        "backprop": ("gradients go back", lambda: backprop(out)),
        "minibatch": ("small networks learn from batches", lambda: minibatch(out)),
    }[page]
    with Console(stderr=True).status(Text(f"{doing} (half a minute)")):
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
