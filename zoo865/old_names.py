"""Old names of settings, measures, functions and modules.

Runs and cards written under old names can still be read. Code that uses an old name works for one release, with a
DeprecationWarning; after that, the tables of names in code are removed together with the import hook.
"""

import functools
import importlib
import importlib.abc
import importlib.util
import sys
import types
import warnings

FUNCTIONS = {  # of zoo865
    "augment": "measure_augmentation_tolerance",
    "find": "get_recipe",
    "systems": "list_systems",
}
MODULES = {  # module -> what it is now, and its names that changed
    "agents.door": ("agents.tf_agents_import", {}),
    "callbacks.sights": ("callbacks.image_samples", {"Sights": "ImageSamples"}),
    "data.survey": ("data.image_scan", {"survey": "scan", "look_alikes": "near_duplicates", "Look": "ScannedImage"}),
    "metrics.judge": (
        "metrics.reference_classifier",
        {"judge_of": "reference_of", "Classifier": "ReferenceClassifier"},
    ),
    "shelf": ("runs.store", {"SHELVES": "STORES"}),
    "tasks.drawing": (
        "tasks.sampling",
        {"draw": "sample", "draw_like": "sample_like", "draw_noise": "sample_noise"},
    ),
    "tasks.judging": ("tasks.quality", {"judged": "quality_of", "trusted_judge": "trusted_reference"}),
    "training.remember": ("batches.cached", {"Memory": "FeatureCache", "Remembered": "CachedFeatures"}),
    "training.several": ("training.aggregate", {}),
    "visualize.feature_maps": ("visualize.features", {}),
    "visualize.grad_cam": ("visualize.class_activation", {}),
    "visualize.inside": ("visualize.activations", {"read": "activations_of", "slopes": "gradients_of"}),
    "visualize.receptive_field": ("visualize.receptive", {}),
    "visualize.strongest_regions": (
        "visualize.top_patches",
        {
            "strongest_regions": "find_top_patches",
            "strongest_regions_figure": "top_patches_figure",
            "cut_out": "cut_patches",
            "Region": "Patch",
        },
    ),
    "visualize.wanted_image": (
        "visualize.activation_maximization",
        {"wanted_images": "maximize_activations", "wanted_images_figure": "maximized_activations_figure"},
    ),
}
SETTINGS = {"average": "ema_momentum", "remember": "cache_at", "versions": "augmented_copies"}
MEASURES = {
    "variety": "pixel_diversity",
    "sure": "confident_share",
    "sure_real": "confident_share_real",
    "class_least": "min_class_share",
    "class_most": "max_class_share",
    "cop": "discriminator_loss",
    "counterfeiter": "generator_loss",
}
MEASURES |= {f"val_{old}": f"val_{new}" for old, new in MEASURES.items()}

INSIDE = ("zoo865", "importlib", "dataclasses")  # modules whose lines no warning points at
ARRAYS = {"surprise": "priorities"}  # of the replay buffer, in checkpoints


def warn(old: str, new: str):
    """Warns of an old name, at the line outside the package that uses it."""
    import inspect  # slow, and needed by nobody who uses the names of today

    modules = ((one.frame, one.frame.f_globals.get("__name__", "")) for one in inspect.stack(0))
    frame, module = next(one for one in modules if one[1].partition(".")[0] not in INSIDE)
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    said, line = f"{old} is now {new}", frame.f_lineno
    warnings.warn_explicit(said, DeprecationWarning, frame.f_code.co_filename, line, module, registry)


def measures_renamed(measures: dict) -> dict:
    """Measures under their current names, including those in the groups of metrics.json."""
    return {
        MEASURES.get(name, name): measures_renamed(value) if isinstance(value, dict) else value
        for name, value in measures.items()
    }


def accepting_old_settings(cls):
    """Lets the constructor of a dataclass accept settings under their old names."""
    init, names = cls.__init__, {old: new for old, new in SETTINGS.items() if new in cls.__dataclass_fields__}

    @functools.wraps(init)
    def construct(self, *args, **settings):
        for old in names.keys() & settings.keys():
            warn(f"{cls.__name__}({old}=...)", f"{names[old]}=...")
            settings[names[old]] = settings.pop(old)  # before the new one, which dataclasses.replace always gives
        init(self, *args, **settings)

    cls.__init__ = construct
    return cls


class _OldModule(types.ModuleType):
    """A module under its old name: attributes come from the new one, and a call calls its function."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        new, names = MODULES[self.__name__.removeprefix("zoo865.")]
        warn(f"{self.__name__}.{name}", f"zoo865.{new}.{names.get(name, name)}")
        return getattr(importlib.import_module(f"zoo865.{new}"), names.get(name, name))

    def __call__(self, *args, **options):
        # zoo865.visualize.grad_cam is a function, also after its old module was imported.
        leaf = self.__name__.rpartition(".")[2]
        new, _ = MODULES[self.__name__.removeprefix("zoo865.")]
        return getattr(importlib.import_module(f"zoo865.{new}"), leaf)(*args, **options)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the old names of modules, after all else has not."""

    def find_spec(self, name, path=None, target=None):
        if name.startswith("zoo865.") and name.removeprefix("zoo865.") in MODULES:
            return importlib.util.spec_from_loader(name, self)
        return None

    def create_module(self, spec):
        return _OldModule(spec.name)

    def exec_module(self, module):
        pass


sys.meta_path.append(_Finder())
