"""Back-propagation: how much the loss changes with every weight, by one way back through the network.

python apps/backprop.py                          # a network of two layers, number by number
python apps/backprop.py --activation sigmoid
python apps/backprop.py --page                   # the same on a page, and what happens in 20 layers: half a minute
"""

import argparse

from zoo865.explain.backprop import BEGIN, LEARNED, backprop, central_differences, operations, propagate, training
from zoo865.explain.depth import signals


def main(activation: str, page: bool):
    """Forward, back, a step of learning; many layers."""
    graph = operations(activation)

    # Forward: every operation computes its value from its inputs.
    found = propagate(graph, BEGIN)
    for one in graph:
        print(f"{one.name:4} = {one.formula:20} = {found.values[one.name]:7.3f}")

    # Back: what came back to an operation, times its local derivative, goes back to its input.
    print("\ngradients of the loss, and what changing the weight a little really does to it")
    differences = central_differences(graph, BEGIN, LEARNED)
    for name, difference in zip(LEARNED, differences, strict=True):
        print(f"dL/d{name:2} = {found.gradients[name]:8.5f}   {difference:8.5f}")

    # Every weight moves against its gradient, again and again.
    losses = [propagate(graph, given).values["loss"] for given in training(activation)]
    print(f"\nloss after each step: {', '.join(f'{loss:.3f}' for loss in losses[:8])}, ...")

    # In a deep network the gradient is multiplied at every layer.
    for initializer, normalised in (("Glorot", False), ("Glorot", True)):
        gradients = signals(activation, initializer, normalised).gradients
        how = "with batch normalisation" if normalised else "without"
        print(f"20 layers {how}: the first layer's gradient is {gradients[0] / gradients[-1]:.1e} times the last's")
    if page:
        print(f"open in a browser: {backprop()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--activation", default="tanh", choices=["tanh", "sigmoid", "relu"])
    parser.add_argument("--page", action="store_true", help="also write the page")
    arguments = parser.parse_args()
    main(arguments.activation, arguments.page)
