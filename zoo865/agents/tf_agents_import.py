"""The one place that imports TF-Agents, which was written for Keras 2, into a process where all else uses Keras 3.

TF-Agents reads its Keras as `tf.keras`. Setting TF_USE_LEGACY_KERAS would change that for the whole process. Here an
import hook gives the modules of TF-Agents, and them alone, an `import` of their own, to which `tensorflow.keras` is
the package tf_keras. Nothing on disk is changed, and `tf.keras` stays Keras 3 for everybody else.
"""

import builtins
import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types

from zoo865.errors import ZooError

NEEDS = ("gymnasium", "tf_keras", "tensorflow_probability", "gin", "tensorboard", "tf_agents")
VERSION = "tf-agents==0.19.0"  # no extra asks for it: what it pins is stale and clashes
INSTALL = f"pip install 'zoo865[agents]' && pip install --no-deps {VERSION}"


def tf_agents(module: str) -> types.ModuleType:
    """A module of TF-Agents: "agents.dqn.dqn_agent" is `tf_agents.agents.dqn.dqn_agent`.

    Raises:
        ZooError: TF-Agents or what it needs is not installed, or it was imported before, bound to Keras 3.
    """
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        check_installed()
        if "tf_agents" in sys.modules:
            raise ZooError(
                "tf_agents was imported before zoo865 could bind it to tf_keras",
                "import it later, or only through zoo865.agents.tf_agents_import.tf_agents",
            )
        sys.meta_path.insert(0, _Finder())
    return importlib.import_module(f"tf_agents.{module}")


def check_installed():
    """Raises ZooError if a package that agents need is missing."""
    lacking = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    if lacking:
        raise ZooError(f"agents need packages that are not installed: {', '.join(lacking)}", INSTALL)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of TF-Agents where they are, and wraps their loaders."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] != "tf_agents":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(importlib.abc.Loader):
    """Loads as the loader it wraps does, with another `import` among the module's builtins."""

    def __init__(self, loader):
        self.loader = loader

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": _import}
        self.loader.exec_module(module)


def _import(name, globals=None, locals=None, fromlist=(), level=0):
    """`__import__`, where TensorFlow's Keras is tf_keras and OpenAI's old gym need not be there."""
    if level == 0 and name.split(".")[:2] == ["tensorflow", "keras"]:
        return importlib.import_module("tf_keras.api._v2.keras" + name.removeprefix("tensorflow.keras"))
    if level == 0 and (name == "tensorflow" or name.startswith("tensorflow.compat")) and not fromlist:
        return _tensorflow()
    if level == 0 and name == "gym" and globals["__name__"].endswith("system_multiprocessing"):
        return sys.modules.get("gym") or types.ModuleType("gym")  # asked for there and not used on the way here
    return builtins.__import__(name, globals, locals, fromlist, level)


class _Proxy(types.ModuleType):
    """A module with some names of its own before those of another."""

    def __init__(self, module, **own):
        super().__init__(module.__name__)
        self.__dict__.update(own, _module=module)

    def __getattr__(self, name):
        return getattr(self.__dict__["_module"], name)


@functools.cache
def _tensorflow():
    """TensorFlow with Keras 2 under `keras`, in its versions too; always the same object."""
    import tensorflow as tf

    v1, v2 = (importlib.import_module(f"tf_keras.api._{version}.keras") for version in ("v1", "v2"))
    versions = {"v1": _Proxy(tf.compat.v1, keras=v1), "v2": _Proxy(tf.compat.v2, keras=v2)}
    return _Proxy(tf, keras=v2, compat=_Proxy(tf.compat, **versions))
