"""An episode as pictures."""

import io

import numpy as np
from PIL import Image

from zoo865.agents.policy import play
from zoo865.errors import ZooError

FRAME_MS, MOST_PICTURES = 50, 300
SMALLEST = 160  # pixels of a picture's shorter side


def film(name: str, seed: int, values, *, most_steps: int) -> tuple[list[np.ndarray], int, int]:
    """Renders an episode that is played greedily.

    A long episode is thinned on the fly, so that at most MOST_PICTURES are held.

    Returns:
        The pictures, (height, width, 3) uint8; of every which step there is one (1, 2, 4, ...); the episode's steps.

    Raises:
        ZooError: the environment cannot be rendered.
    """
    pictures, every, seen = [], 1, 0

    def watch(environments, _):
        nonlocal every, seen
        if seen % every == 0:
            pictures.append(_picture(environments.render()[0]))
            if len(pictures) > MOST_PICTURES:
                del pictures[1::2]
                every *= 2
        seen += 1

    try:
        play(name, [seed], values, most_steps=most_steps, render=True, watch=watch)
    except Exception as error:  # every environment draws by libraries of its own
        raise ZooError(f"cannot render {name}: {error}", "play it without --out") from error
    return pictures, every, seen


def gif(pictures: list[np.ndarray], milliseconds: int | list[int] = FRAME_MS) -> bytes:
    """Pictures as an animation that runs for ever; each is shown so long, or one so long as the list says."""
    images = [Image.fromarray(picture) for picture in pictures]
    file = io.BytesIO()
    images[0].save(file, format="GIF", save_all=True, append_images=images[1:], duration=milliseconds, loop=0)
    return file.getvalue()


def _picture(drawn) -> np.ndarray:
    """What an environment drew, uint8 and large enough to be seen."""
    drawn = np.asarray(drawn)
    if drawn.dtype != np.uint8:
        drawn = (255 * drawn).round().astype("uint8")
    times = max(1, SMALLEST // min(drawn.shape[:2]))
    return drawn.repeat(times, 0).repeat(times, 1)
