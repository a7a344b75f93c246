"""What was renamed works by its old name for one release, with a warning that tells the new one."""

import dataclasses
import importlib
import sys
import warnings

import pytest

import zoo865
from zoo865 import old_names
from zoo865.old_names import FUNCTIONS, MEASURES, MODULES, SETTINGS, measures_renamed
from zoo865.recipe import Optimizer, Phase

pytestmark = pytest.mark.fast


@pytest.fixture(autouse=True)
def _forgets_old_modules():
    """Importing one puts it into its package, where a function may have its name now."""
    yield
    for name in [f"zoo865.{old}" for old in MODULES]:
        sys.modules.pop(name, None)
        package, _, leaf = name.rpartition(".")
        vars(importlib.import_module(package)).pop(leaf, None)


@pytest.mark.parametrize("old", FUNCTIONS)
def test_functions(old):
    with pytest.warns(DeprecationWarning, match=f"zoo865.{old} is now zoo865.{FUNCTIONS[old]}"):
        assert getattr(zoo865, old) is getattr(zoo865, FUNCTIONS[old])


@pytest.mark.parametrize("old", MODULES)
def test_modules_and_what_they_hold(old):
    new, names = MODULES[old]
    now, before = importlib.import_module(f"zoo865.{new}"), importlib.import_module(f"zoo865.{old}")
    kept = [name for name in vars(now) if not name.startswith("_") and name not in names.values()][:1]
    for name in [*names, *kept]:
        renamed = names.get(name, name)
        with pytest.warns(DeprecationWarning, match=f"zoo865.{old}.{name} is now zoo865.{new}.{renamed}"):
            assert getattr(before, name) is getattr(now, renamed)
    with pytest.warns(DeprecationWarning, match="no_such_name"), pytest.raises(AttributeError):
        _ = before.no_such_name


def test_an_old_module_does_not_hide_the_function_of_its_name(monkeypatch):
    """`zoo865.visualize.grad_cam` was a module, and is a function."""
    for name in ("zoo865.visualize.grad_cam", "zoo865.visualize.receptive_field"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import keras
    import zoo865.visualize.receptive_field  # noqa: F401

    from zoo865 import visualize

    model = keras.Sequential([keras.Input((9, 9, 1)), keras.layers.Conv2D(1, 3, name="conv")])
    assert visualize.receptive_field(model, "conv", (1, 2)) == (slice(1, 4), slice(2, 5))


def test_names_that_never_were_are_no_modules():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("zoo865.nothing")


@pytest.mark.parametrize(
    ("kind", "old", "value"), [(Optimizer, "average", 0.5), (Phase, "remember", "a"), (Phase, "versions", 3)]
)
def test_settings_in_code(kind, old, value):
    with pytest.warns(DeprecationWarning, match=rf"{old}=...\) is now {SETTINGS[old]}="):
        assert kind(**{old: value}) == kind(**{SETTINGS[old]: value})


def test_settings_on_the_command_line_and_of_runs():
    recipe = zoo865.get_recipe("mobilenet_v2")
    with pytest.warns(DeprecationWarning, match="phases.head.versions is now augmented_copies"):
        changed = recipe.override({"phases.head.versions": 3})
    assert changed.phases[0].augmented_copies == 3
    document = changed.to_json()
    for phase in document["phases"]:
        phase["versions"], phase["remember"] = phase.pop("augmented_copies"), phase.pop("cache_at")
        phase["optimizer"]["average"] = phase["optimizer"].pop("ema_momentum")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what was written then is no fault of who reads it now
        assert zoo865.Recipe.from_json(document) == changed


def test_measures_of_runs():
    written = {"test": {"variety": 0.5, "val_sure": 0.1, "accuracy": 1}, "epochs": 3}
    assert measures_renamed(written) == {
        "test": {"pixel_diversity": 0.5, "val_confident_share": 0.1, "accuracy": 1},
        "epochs": 3,
    }
    assert not MEASURES.keys() & set(MEASURES.values())


def test_no_new_name_is_an_old_one():
    """Else a rename would loop."""
    assert not {new for new, _ in MODULES.values()} & MODULES.keys()
    assert not set(SETTINGS.values()) & SETTINGS.keys()
    assert old_names.MODULES is MODULES


def test_warnings_point_at_the_line_that_uses_an_old_name():
    """However deep in the package the name is understood."""
    recipe = zoo865.get_recipe("mobilenet_v2")
    uses = (
        lambda: zoo865.systems,
        lambda: Phase(versions=3),
        lambda: dataclasses.replace(Phase(), versions=3),
        lambda: recipe.override({"phases.head.optimizer.average": 0.5}),
        lambda: importlib.import_module("zoo865.shelf").SHELVES,
    )
    for use in uses:
        with pytest.warns(DeprecationWarning, match="is now") as said:
            use()
        assert {(one.filename, one.lineno) for one in said} == {(__file__, use.__code__.co_firstlineno)}
