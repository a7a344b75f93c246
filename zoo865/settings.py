"""Settings by their paths: changing one, checking that its value is of the kind asked for, telling what differs; and
as plain data, which JSON gives back as they were.
"""

import contextlib
import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Mapping

from zoo865.errors import ZooError, nearest
from zoo865.old_names import SETTINGS, warn

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}


def replaced(thing, path: list[str], value, whole: str, fixed=()):
    """A frozen dataclass with the setting at `path` replaced.

    Args:
        thing: the dataclass; a tuple of dataclasses with a `name` is entered by that name, a dict by its keys.
        path: names, from the outside in.
        value: the new value; lists become tuples, whole numbers become floats where a float is asked for.
        whole: the path as the user wrote it, for messages.
        fixed: fields of `thing` that are no settings.

    Raises:
        ZooError: no such setting (the nearest names are offered), or a value of another kind.
    """
    name, rest = path[0], path[1:]
    if isinstance(thing, tuple) and all(map(dataclasses.is_dataclass, thing)):
        names = [part.name for part in thing]
        if name not in names or not rest:
            raise ZooError(f"unknown setting '{whole}'", nearest(name, names))
        return tuple(replaced(part, rest, value, whole) if part.name == name else part for part in thing)
    if isinstance(thing, dict):
        return {**thing, name: replaced(thing.get(name), rest, value, whole) if rest else value}
    names = {field.name for field in dataclasses.fields(thing)} if dataclasses.is_dataclass(thing) else set()
    if (now := SETTINGS.get(name, name)) in names - {name}:
        warn(f"setting {whole}", now)
        name = now
    if name not in names - set(fixed):
        raise ZooError(f"unknown setting '{whole}'", nearest(name, names - set(fixed)))
    old = getattr(thing, name)
    new = replaced(old, rest, value, whole) if rest else fitting(typing.get_type_hints(type(thing))[name], value, whole)
    return dataclasses.replace(thing, **{name: new})


def checked_arguments(function: Callable, arguments: Mapping, group: str) -> dict:
    """Keyword arguments for a function, each of the kind that its annotation asks for.

    Args:
        function: what they are for.
        arguments: name -> value.
        group: the setting that holds them ("model_args"), for messages.

    Raises:
        ZooError: the function has no such argument (the nearest names are offered), or a value of another kind.
    """
    known, hints = inspect.signature(function).parameters, typing.get_type_hints(function)
    for name in arguments:
        if name not in known:
            raise ZooError(f"unknown setting '{group}.{name}'", nearest(name, known))
    return {name: fitting(hints.get(name), value, f"{group}.{name}") for name, value in arguments.items()}


def fitting(hint, value, whole: str):
    """`value` as the kind that a type hint asks for. Raises ZooError where it is another kind."""
    if hint is None:
        return value
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        optional = value is None and types.NoneType in parts
        return None if optional else fitting(next(p for p in parts if p is not types.NoneType), value, whole)
    if origin is tuple and not dataclasses.is_dataclass(parts[0]):
        many = len(parts) == 2 and parts[1] is Ellipsis
        if not isinstance(value, (list, tuple)) or not (many or len(value) == len(parts)):
            count = "" if many else f" of {len(parts)}"
            raise ZooError(f"{whole} must be a list{count}, each {_KINDS[parts[0]]}, not {value!r}")
        return tuple(fitting(parts[0] if many else parts[i], part, whole) for i, part in enumerate(value))
    if hint not in _KINDS:
        raise ZooError(f"'{whole}' is a group of settings, not one", f"name one in it: {whole}.NAME=VALUE")
    if hint is float and type(value) is int:
        value = float(value)
    if type(value) is not hint:
        raise ZooError(f"{whole} must be {_KINDS[hint]}, not {value!r}")
    return value


def plain(value, where: str):
    """A setting as it comes back from JSON: tuples for lists, Python's numbers for NumPy's, also within dicts and
    dataclasses.

    Args:
        value: the setting.
        where: its path, for messages.

    Raises:
        ZooError: JSON has nothing like it.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = (field.name for field in dataclasses.fields(value) if field.init)
        return dataclasses.replace(value, **{name: plain(getattr(value, name), f"{where}.{name}") for name in fields})
    if isinstance(value, Mapping):
        if odd := [name for name in value if not isinstance(name, str)]:
            raise ZooError(f"{where} has the name {odd[0]!r}, which JSON would make a word", f'write "{odd[0]}"')
        return {name: plain(part, f"{where}.{name}") for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(plain(part, where) for part in value)
    if hasattr(value, "tolist"):  # a number or an array of NumPy's
        return plain(value.tolist(), where)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise ZooError(f"{where} is {value!r}, which JSON has not", "it has numbers, words, lists and groups of them")


def rebuilt(hint, value):
    """What a type hint asks for, out of JSON: dataclasses for groups of settings, tuples for lists.

    Args:
        hint: the annotation, or a dataclass; None asks for nothing.
        value: as JSON holds it.
    """
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        hints = {}
        with contextlib.suppress(NameError):  # names that a user's file imports for type checkers alone
            hints = typing.get_type_hints(hint)
        names = {field.name for field in dataclasses.fields(hint)}
        value = {name if name in names else SETTINGS.get(name, name): part for name, part in value.items()}
        return hint(**{name: rebuilt(hints.get(name), part) for name, part in value.items()})
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return rebuilt(next((p for p in parts if dataclasses.is_dataclass(p) or typing.get_args(p)), None), value)
    if isinstance(value, Mapping):
        return {name: rebuilt(parts[1] if origin is dict else None, part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        each = parts[0] if parts and (origin is list or parts[-1] is Ellipsis) else None
        return tuple(rebuilt(each, part) for part in value)
    return value


def flat(document, prefix="") -> dict:
    """Nested settings, as JSON holds them, by their paths: {"phases.train.epochs": 20, ...}."""
    items = document.items() if isinstance(document, dict) else ((part.get("name"), part) for part in document)
    leaves = {}
    for name, value in items:
        nested = isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict))
        leaves |= flat(value, f"{prefix}{name}.") if nested else {f"{prefix}{name}": value}
    return leaves


def differing(*settings: Mapping) -> list[str]:
    """The names whose values are not the same in all of several flat settings."""
    names = dict.fromkeys(name for one in settings for name in one)
    return [name for name in names if len({str(one.get(name)) for one in settings}) > 1]
