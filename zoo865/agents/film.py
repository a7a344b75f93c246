"""An episode as pictures."""

import io

import numpy as np
from PIL import Image

from zoo865.agents.policy import play
from zoo865.errors import ZooError

FRAME_MS, MOST_FRAMES = 50, 600
SMALLEST = 160  # pixels of a picture's shorter side


def film(name: str, seed: int, values, *, most_steps: int) -> list[np.ndarray]:
    """Pictures of an episode that is played by the highest value, one a step, (height, width, 3) uint8.

    Raises:
        ZooError: the environment cannot be drawn.
    """
    pictures = []
    try:
        play(
            name,
            [seed],
            values,
            most_steps=most_steps,
            render=True,
            watch=lambda environments, _: pictures.append(_picture(environments.render()[0])),
        )
    except Exception as error:  # every environment draws by libraries of its own
        raise ZooError(f"{name} cannot be drawn: {error}", "play without --out") from error
    return pictures


def gif(pictures: list[np.ndarray], most: int = MOST_FRAMES) -> bytes:
    """Pictures as an animation that runs for ever; of more than `most` only every second, third, ..."""
    every = -(-len(pictures) // most)
    images = [Image.fromarray(picture) for picture in pictures[::every]]
    file = io.BytesIO()
    images[0].save(file, format="GIF", save_all=True, append_images=images[1:], duration=FRAME_MS * every, loop=0)
    return file.getvalue()


def _picture(drawn) -> np.ndarray:
    """What an environment drew, uint8 and large enough to be seen."""
    drawn = np.asarray(drawn)
    if drawn.dtype != np.uint8:
        drawn = (255 * drawn).round().astype("uint8")
    times = max(1, SMALLEST // min(drawn.shape[:2]))
    return drawn.repeat(times, 0).repeat(times, 1)
