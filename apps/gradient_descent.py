"""Gradient descent: a skier in fog who feels the slope, and takes a step downhill.

python apps/gradient_descent.py                             # two valleys; which one is found?
python apps/gradient_descent.py --optimizer adam --rate 0.3
python apps/gradient_descent.py --page                      # all optimizers, starts and rates on a page: half a minute
"""

import argparse

import keras
import numpy as np

from zoo865.explain.functions import function_of, values_of
from zoo865.explain.gradient_descent import gradient_descent
from zoo865.explain.paths import gradients


def main(optimizer_name: str, rate: float, start: float, steps: int, page: bool):
    """A walk, step by step; the page on which all walks can be compared."""
    hill = function_of("hill")
    print(f"f(x) = {hill.formula}")

    # The optimizer is told the slope at x, and changes x. It knows nothing else of the function.
    x = keras.Variable(start)
    optimizer = keras.optimizers.get({"class_name": optimizer_name, "config": {"learning_rate": rate}})
    for step in range(steps + 1):
        place = keras.ops.convert_to_numpy(x).reshape(1, 1)
        height, slope = values_of(hill, place)[0], np.asarray(gradients(hill, place))[0, 0]
        if step % max(1, steps // 10) == 0:
            print(f"step {step:3}: x = {place[0, 0]:6.3f}, height {height:6.3f}, slope {slope:7.3f}")
        optimizer.apply([keras.ops.convert_to_tensor(slope)], [x])

    print("the lowest place is at x = -2.09; a start on the right leads to the other valley, at 1.90")
    if page:
        print(f"open in a browser: {gradient_descent('hill', start=(start,))}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--optimizer", default="sgd", help="as Keras names it: sgd, adam, rmsprop, ...")
    parser.add_argument("--rate", type=float, default=0.1, help="the learning rate: how long steps are")
    parser.add_argument("--start", type=float, default=3.2, help="where the skier starts, from -4 to 4")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--page", action="store_true", help="also write the page of all optimizers")
    arguments = parser.parse_args()
    main(arguments.optimizer, arguments.rate, arguments.start, arguments.steps, arguments.page)
