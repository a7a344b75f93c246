"""Environments: any of gymnasium's with discrete actions, several copies in step, observations as one array."""

import contextlib
import importlib
import itertools
import operator
import os
import re
import traceback
import warnings
from pathlib import Path

import numpy as np

from zoo865.agents.tf_agents_import import check_installed
from zoo865.errors import ZooError, nearest
from zoo865.files import full_name
from zoo865.user_code import import_beside, import_file

FIRST_TRAINING_SEED = 2**20  # those below are for measuring and playing
OF_FILES = {}  # (file, name) -> what gymnasium knows of the environment that the file registered
NOT_THEIRS = (  # modules whose code stands between an environment and us
    __name__,
    *(f"gymnasium.{part}" for part in ("core", "spaces.", "vector.", "wrappers.")),
    "numpy.",
    "functools",
)
INSTALL = {
    "box2d": "pip install 'zoo865[box2d]'",
    "ale_py": "pip install 'zoo865[atari]'",
    "minatar": "pip install 'zoo865[minatar]'",
}


def make(name: str, count: int = 1, *, render: bool = False):
    """Copies of an environment, stepped together.

    Observations of every kind become one array: what is not a box (Discrete, MultiBinary, Dict, ...) is flattened,
    one-hot where it counts; a box keeps its shape, in float32, uint8 (pixels, up to 255) or bool. An episode that
    ended is reset by the step after (gymnasium's NEXT_STEP): the observation of a last step is truly the last one.

    Args:
        name: of the environment: "CartPole-v1", "module:Name-v0", or "FILE.py:Name-v0" of a file that registers it.
        count: how many copies.
        render: whether `render()` returns pictures.

    Returns:
        A `gymnasium.vector.SyncVectorEnv`.

    Raises:
        ZooError: there is no such environment, its package is missing, its observations have no fixed size, or its
            actions are not discrete.
    """
    gymnasium = _gymnasium()
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # pygame draws into memory
    name = _registered(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # gymnasium says in colours what the error below says
            copies = [lambda: _one(name, render)] * count
            mode = gymnasium.vector.AutoresetMode.NEXT_STEP
            environments = gymnasium.vector.SyncVectorEnv(copies, autoreset_mode=mode)
    except (gymnasium.error.Error, ImportError) as error:
        wrong = f"environment {name} needs a missing package" if _lacks_a_package(error) else f"no environment {name!r}"
        raise ZooError(f"{wrong}: {_line(error)}", _way_out(name, error)) from error
    action = environments.single_action_space
    if not isinstance(action, gymnasium.spaces.Discrete):
        environments.close()
        raise ZooError(
            f"{name} has the action space {action}, but DQN needs discrete actions",
            "CartPole-v1, Acrobot-v1, LunarLander-v3 and Taxi-v4 have them",
        )
    return environments


def advice(name: str) -> list[str]:
    """What gymnasium's own check reports on an environment; [] if it passes."""
    gymnasium = _gymnasium()
    from gymnasium.utils.env_checker import check_env

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        environment = gymnasium.make(_registered(name), disable_env_checker=True)
        try:
            check_env(environment.unwrapped, skip_render_check=True)
            failed = []
        except Exception as error:  # the check fails by AssertionError, the environment by whatever it raises
            failed = [_line(error) or type(error).__name__]
        finally:
            environment.close()
    colours = re.compile(r"\x1b\[\d*m(WARN: )?")
    return [*failed, *dict.fromkeys(colours.sub("", str(warning.message)) for warning in said)]


def observation_of(environments) -> tuple[tuple[int, ...], str]:
    """Shape and dtype of one observation: float32, uint8 or bool."""
    space = environments.single_observation_space
    return tuple(space.shape), str(space.dtype)


def parts_of(environments) -> tuple:
    """What an environment itself gives where that is not one array: see `zoo865.data.features.Observation`."""
    return environments.envs[0].parts


def goal_of(name: str) -> float | None:
    """The return at which those who made an environment call it solved; None where they name none."""
    made = make(name)
    try:
        return made.envs[0].spec.reward_threshold
    finally:
        made.close()


def first_action(environments) -> int:
    """The number of the first action as the environment itself counts them; where it is stepped here, from 0."""
    return environments.envs[0].counts_from


def as_seen(observation) -> np.ndarray:
    """Observations as a network sees them: float32; pixels, uint8, in [0, 1]."""
    seen = np.asarray(observation, "float32")
    return seen / 255 if observation.dtype == np.uint8 else seen


def as_given(seen: np.ndarray, dtype: str) -> np.ndarray:
    """What `as_seen` made of an environment's observations, in their own dtype again: as exports take them."""
    return np.rint(255 * seen).astype(dtype) if dtype == "uint8" else seen.astype(dtype)


def reset(environments, seeds) -> np.ndarray:
    """The first observations of episodes that follow from these seeds, (copies, ...); the choice of actions too.

    Raises:
        ZooError: as `step`.
    """
    seeds = [int(seed) for seed in seeds]
    environments.action_space.seed(seeds[0])
    with _keeping_its_word(environments, "at the start"):
        return checked(environments.reset(seed=seeds)[0], "observation", "at the start")


def step(environments, action, when: str):
    """One step of every copy: observations, rewards, terminated, truncated, (copies, ...) each.

    Raises:
        ZooError: an observation or reward is not finite, or does not match the environment's spaces.
    """
    with _keeping_its_word(environments, when):
        observation, reward, terminated, truncated, _ = environments.step(action)
    return checked(observation, "observation", when), checked(reward, "reward", when), terminated, truncated


def checked(numbers: np.ndarray, what: str, when: str) -> np.ndarray:
    """Observations or rewards, if they are finite.

    Raises:
        ZooError: one is not finite.
    """
    if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
        raise ZooError(f"the environment returned a non-finite {what} {when}: {numbers.tolist()}")
    return numbers


@contextlib.contextmanager
def _keeping_its_word(environments, when: str):
    """Turns an environment's output that gymnasium cannot handle into a ZooError; its own errors pass through."""
    try:
        yield
    except (ValueError, TypeError, IndexError, KeyError, AssertionError, AttributeError) as error:
        frames = (frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__))
        if not all(name.startswith(NOT_THEIRS) for name in frames):
            raise
        shape = environments.single_observation_space.shape
        hint = f"observations must have shape {shape}, rewards must be numbers; see gymnasium.utils.env_checker"
        wrong = f"what the environment returned {when} does not match its observation_space, or the reward is no number"
        raise ZooError(f"{wrong}: {_line(error)}", hint) from error


def _one(name: str, render: bool):
    gymnasium = _gymnasium()
    from gymnasium import wrappers

    arguments = {"render_mode": "rgb_array"} if render else {}
    if name.startswith("ALE/"):
        environment = _atari(gymnasium.make(name, frameskip=1, **arguments))
    else:
        environment = gymnasium.make(name, disable_env_checker=True, **arguments)
    space = environment.observation_space
    if not space.is_np_flattenable:
        raise ZooError(f"{name} has the observation space {space}, but a network needs observations of a fixed size")
    parts = ()
    if not isinstance(space, gymnasium.spaces.Box):
        environment, parts = wrappers.FlattenObservation(environment), _parts(space)
    if not environment.observation_space.shape:
        environment = wrappers.ReshapeObservation(environment, (1,))
    space = environment.observation_space
    pixels = space.dtype == np.uint8 and (space.high == 255).all()  # other bytes are numbers like any
    if not pixels and space.dtype not in (np.float32, np.bool_):
        environment = wrappers.DtypeObservation(environment, np.float32)
    actions, first = environment.action_space, 0
    if isinstance(actions, gymnasium.spaces.Discrete) and actions.start:  # an agent counts its actions from 0
        counted = gymnasium.spaces.Discrete(actions.n)
        environment = wrappers.TransformAction(environment, lambda action: action + actions.start, counted)
        first = int(actions.start)
    environment.parts, environment.counts_from = parts, first
    return environment


def _parts(space, keys: tuple[str, ...] = ()) -> tuple:
    """The parts of a space in the order in which gymnasium flattens them; () where one of them is read otherwise."""
    spaces = _gymnasium().spaces
    if isinstance(space, (spaces.Dict, spaces.Tuple)):
        named = space.spaces.items() if isinstance(space, spaces.Dict) else enumerate(space.spaces)
        parts = [_parts(one, (*keys, str(name))) for name, one in named]
        return tuple(itertools.chain(*parts)) if all(parts) else ()
    if isinstance(space, (spaces.Discrete, spaces.MultiDiscrete)):  # one-hot, each of them
        counts = space.n if isinstance(space, spaces.Discrete) else space.nvec
        lowest = np.broadcast_to(space.start, np.shape(counts))
        return tuple(
            (keys, int(count), int(first)) for count, first in zip(np.ravel(counts), np.ravel(lowest), strict=True)
        )
    if isinstance(space, (spaces.Box, spaces.MultiBinary)):
        return ((keys, int(np.prod(space.shape)), None),)
    return ()


def _atari(environment):
    """Atari as Mnih et al. 2015 show it to an agent: 84 x 84 in grey, every fourth picture, four as channels."""
    import gymnasium
    from gymnasium import wrappers

    stacked = wrappers.FrameStackObservation(wrappers.AtariPreprocessing(environment), 4)
    space = gymnasium.spaces.Box(0, 255, (84, 84, 4), np.uint8)
    return wrappers.TransformObservation(stacked, lambda pictures: np.moveaxis(pictures, 0, -1), space)


def _gymnasium():
    """The package; what else agents need is named too where it is missing."""
    try:
        return importlib.import_module("gymnasium")
    except ImportError:
        check_installed()
        raise


def _registered(name: str) -> str:
    """The name under which gymnasium has registered the environment, after importing its package or file."""
    registry, root = _gymnasium().registry, None
    if ".py:" in name:
        file, _, name = full_name(name).rpartition(":")
        import_file(file)
        root = Path(file).parent
        if name in registry:  # another file may have registered one of that name since
            registry[name] = OF_FILES.setdefault((file, name), registry[name])
    if name in registry:
        _find_entry_point(registry[name], root)
        return name
    if name.startswith("ALE/"):
        _asked("ale_py")
    if name.startswith("MinAtar/"):
        _asked("minatar.gym").register_envs()
    return name


def _find_entry_point(spec, root: Path | None):
    """Puts the class into the place of its name, "module:Class", where the module stands beside a user's file."""
    module, _, name = spec.entry_point.partition(":") if isinstance(spec.entry_point, str) else ("", "", "")
    if module and name and (found := import_beside(module, root)):
        spec.entry_point = operator.attrgetter(name)(found)


def _asked(module: str):
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.split(".")[0]
        raise ZooError(f"{package} is not installed", INSTALL[package]) from error


def _way_out(name: str, error) -> str:
    """What to do if an environment cannot be made."""
    if _lacks_a_package(error):
        return next((command for word, command in INSTALL.items() if word in str(error).lower()), "install it")
    module = name.rpartition(":")[0]
    if module and Path(f"{module}.py").is_file():
        return f"include the file's ending: gym:{module}.py:{name.rpartition(':')[2]}"
    if isinstance(error, ImportError):
        return "is its package installed?"
    return nearest(name, _gymnasium().registry)


def _lacks_a_package(error) -> bool:
    return isinstance(error, _gymnasium().error.DependencyNotInstalled)


def _line(error) -> str:
    return str(error).strip().split("\n")[0]
