"""Settings by their paths: changing one, checking that its value is of the kind asked for, telling what differs; and
as plain data, which JSON gives back as they were.
"""

import contextlib
import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping, MutableSequence, Sequence

from zoo865.errors import ZooError, nearest
from zoo865.old_names import SETTINGS, warn

_KINDS = {bool: "true or false", int: "an integer", float: "a number", str: "a string", types.NoneType: "null"}
_UNIONS = (typing.Union, types.UnionType)
_LISTS = (tuple, list, Sequence, MutableSequence, Collection, Iterable)
_GROUPS = (dict, Mapping, MutableMapping)


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
    fields = {field.name for field in dataclasses.fields(thing)} if dataclasses.is_dataclass(thing) else set()
    if (now := SETTINGS.get(name, name)) in fields - {name}:
        warn(f"setting {whole}", now)
        name = now
    if name not in fields - set(fixed):
        raise ZooError(f"unknown setting '{whole}'", nearest(name, fields - set(fixed)))
    old = getattr(thing, name)
    if rest:
        new = replaced(old, rest, value, whole)
    elif _is_group(old):
        raise _no_setting(whole)
    else:
        new = fitting(_hints(type(thing)).get(name), value, whole)
    return dataclasses.replace(thing, **{name: new})


def checked_arguments(function: Callable, arguments: Mapping, group: str, without: Collection[str] = ()) -> dict:
    """Keyword arguments for a function, each of the kind that its annotation asks for.

    Args:
        function: what they are for.
        arguments: name -> value.
        group: the setting that holds them ("model_args"), for messages.
        without: arguments that are no settings, as the caller gives them.

    Raises:
        ZooError: the function has no such argument (the nearest names are offered), or a value of another kind.
    """
    parameters, hints = inspect.signature(function).parameters, _hints(function)
    known = {name: parameter for name, parameter in parameters.items() if name not in without}
    for name in arguments:
        if name not in known:
            raise ZooError(f"unknown setting '{group}.{name}'", nearest(name, known))
    return {
        # An annotation often forgets that the default is None.
        name: value if value is known[name].default else fitting(hints.get(name), value, f"{group}.{name}")
        for name, value in arguments.items()
    }


def fit_fields(thing, fixed=()):
    """Gives each field of a new frozen dataclass the kind that its annotation asks for; groups of settings have done
    so themselves.

    Args:
        thing: the dataclass.
        fixed: its fields that are no settings.

    Raises:
        ZooError: a value is of another kind, or JSON has nothing like it.
    """
    hints = _hints(type(thing))
    for name in [name for name in hints if name not in fixed]:
        value = plain(getattr(thing, name), name)
        object.__setattr__(thing, name, value if _is_group(value) else fitting(hints[name], value, name))


def fitting(hint, value, whole: str):
    """`value` as the kind that a type hint asks for: of several kinds, the first that it fits. A hint that is not
    understood takes anything. Raises ZooError where it is another kind.
    """
    kind, parts = typing.get_origin(hint) or hint, typing.get_args(hint)
    if kind in _UNIONS:
        for part in sorted(parts, key=lambda part: part is not type(value)):  # 3 stays whole where floats do too
            with contextlib.suppress(ZooError):
                return fitting(part, value, whole)
        raise _no_setting(whole) if any(map(dataclasses.is_dataclass, parts)) else _other_kind(hint, value, whole)
    if kind in _LISTS and not any(map(dataclasses.is_dataclass, parts)):
        hints = _of_items(kind, parts, value) if isinstance(value, (list, tuple)) else None
        if hints is None or len(hints) != len(value):
            raise _other_kind(hint, value, whole)
        return tuple(fitting(each, item, whole) for each, item in zip(hints, value, strict=True))
    if kind in _GROUPS and isinstance(value, Mapping):
        return {name: fitting(parts[1] if parts else None, part, f"{whole}.{name}") for name, part in value.items()}
    if kind in (*_GROUPS, *_LISTS) or dataclasses.is_dataclass(kind):
        raise _no_setting(whole)
    if kind is float and type(value) is int:
        value = float(value)
    if value not in parts if kind is typing.Literal else kind in tuple(_KINDS) and type(value) is not kind:
        raise _other_kind(hint, value, whole)
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
            raise ZooError(f"{where} has the key {odd[0]!r}, which JSON would turn into a string", f'write "{odd[0]}"')
        return {name: plain(part, f"{where}.{name}") for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(plain(part, where) for part in value)
    if hasattr(value, "tolist"):  # a number or an array of NumPy's
        return plain(value.tolist(), where)
    if value is None or (isinstance(value, (bool, int, float, str)) and value == value):
        return value
    raise ZooError(f"{where} is {value!r}, which JSON cannot represent", "use numbers, strings, lists and dictionaries")


def rebuilt(hint, value):
    """What a type hint asks for, out of JSON: dataclasses for groups of settings, tuples for lists.

    Args:
        hint: the annotation, or a dataclass; None asks for nothing.
        value: as JSON holds it.
    """
    if isinstance(hint, type) and dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        hints, names = _hints(hint), {field.name for field in dataclasses.fields(hint)}
        value = {name if name in names else SETTINGS.get(name, name): part for name, part in value.items()}
        return hint(**{name: rebuilt(hints.get(name), part) for name, part in value.items()})
    kind, parts = typing.get_origin(hint) or hint, typing.get_args(hint)
    if kind in _UNIONS:
        groups = [part for part in parts if dataclasses.is_dataclass(part) or typing.get_args(part)]
        return rebuilt(next((part for part in groups if _has_fields(part, value)), (*groups, None)[0]), value)
    if isinstance(value, Mapping):
        return {name: rebuilt(parts[1] if kind in _GROUPS and parts else None, part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(map(rebuilt, _of_items(kind, parts, value), value))
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


def _hints(thing) -> dict:
    """The type hints of a function or a class; {} where one of them is none as it runs: a word, or imported for type
    checkers alone.
    """
    try:
        return typing.get_type_hints(thing)
    except Exception:  # a hint in words is evaluated, and may raise whatever code does
        return {}


def _of_items(kind, parts: tuple, items) -> tuple:
    """The hints of a list's items."""
    if kind is tuple and parts and parts[-1] is not Ellipsis:
        return parts
    return (parts[0] if kind in _LISTS and parts else None,) * len(items)


def _has_fields(hint, value) -> bool:
    """Whether a group of settings, as JSON holds it, is of this dataclass."""
    named = dataclasses.is_dataclass(hint) and isinstance(value, Mapping)
    return named and {field.name for field in dataclasses.fields(hint)} == value.keys()


def _is_group(value) -> bool:
    """Whether a value is a group of settings, or several."""
    several = value if isinstance(value, (list, tuple)) else (value,)
    return bool(several) and all(dataclasses.is_dataclass(one) and not isinstance(one, type) for one in several)


def _no_setting(whole: str) -> ZooError:
    return ZooError(f"'{whole}' is a group of settings, not a single one", f"set one of them: {whole}.NAME=VALUE")


def _other_kind(hint, value, whole: str) -> ZooError:
    return ZooError(f"{whole} must be {_wanted(hint)}, not {value!r}")


def _wanted(hint) -> str:
    """What a type hint asks for, in words."""
    kind, parts = typing.get_origin(hint) or hint, typing.get_args(hint)
    if kind in _UNIONS:
        wanted = [_wanted(part) for part in parts]
        return (", or " if any("," in one for one in wanted[:-1]) else " or ").join(wanted)
    if kind is typing.Literal:
        return " or ".join(map(repr, parts))
    if kind in _LISTS:
        fixed, each = kind is tuple and parts and parts[-1] is not Ellipsis, {*parts} - {Ellipsis}
        return f"a list{f' of {len(parts)}' if fixed else ''}{f', each {_wanted(*each)}' if len(each) == 1 else ''}"
    return _KINDS.get(kind, "a group of settings" if kind in _GROUPS else "anything")
