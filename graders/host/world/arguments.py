"""What a service is called with: it must fit the function in `given.py`, and be data.

Python itself looks at names and numbers of arguments only. Who passes a list where the
signature says `int` would learn it from the service, which is not there; so it is told
here, as a TypeError in the line that calls.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from numbers import Number
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

# Calls hold a few words and numbers. Levels of containers, and bytes.
_DEEPEST = 64
_LONGEST = 2**20

_AS_THEY_ARE = (bytes, bytearray, memoryview)
_SCALARS = (bool, int, float, str, NoneType)
_NAMED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def bind(
    name: str,
    signature: inspect.Signature,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> dict[str, Any]:
    """The arguments of a call by name, as plain data that can be sent.

    Args:
        name: of the function, for the sentence.

    Raises:
        TypeError: they do not fit the signature, or are no plain data.
    """
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as exc:
        raise TypeError(f"{name}(): {exc}") from None
    bound.apply_defaults()
    return {
        key: _checked(name, signature.parameters[key], value)
        for key, value in bound.arguments.items()
    }


def _checked(name: str, parameter: inspect.Parameter, value: Any) -> Any:
    try:
        plain = _plain(value)
    except Exception as exc:
        why = str(exc)[:200] if isinstance(exc, _Unfit) else "it cannot be sent"
        raise TypeError(
            f"{name}() takes plain values, but {parameter.name} is a "
            f"{type(value).__name__}: {why}"
        ) from None
    single = parameter.kind in _NAMED or parameter.kind is parameter.KEYWORD_ONLY
    if not single or parameter.annotation is parameter.empty:
        return plain
    for offered in (plain, *_as_number(value)):
        if _fits(offered, parameter.annotation):
            return offered
    declared = inspect.formatannotation(parameter.annotation)
    raise TypeError(
        f"{name}() takes {parameter.name} as {declared}, not as "
        f"{'None' if value is None else type(value).__name__}"
    )


class _Unfit(Exception):
    """A value that is no plain data; the text says why."""


def _plain(value: Any) -> Any:
    """The value as lists, dictionaries, strings and numbers, as it will arrive."""
    try:
        plain = msgspec.to_builtins(
            value, builtin_types=_AS_THEY_ARE, enc_hook=_as_its_base
        )
    except RecursionError:
        raise _Unfit("it is nested too deeply") from None
    if _is_deep(plain):
        raise _Unfit("it is nested too deeply")
    try:
        sent = msgspec.msgpack.encode(plain)
    except OverflowError:
        raise _Unfit("an int has more than 64 bits") from None
    except UnicodeEncodeError:
        raise _Unfit("its text is no Unicode") from None
    if len(sent) > _LONGEST:
        raise _Unfit("it is larger than 1 MB")
    # What cannot be read again would be nonsense at the other end.
    return msgspec.msgpack.decode(sent)


def _as_its_base(value: Any) -> Any:
    """A value of a class of somebody's own as what it is besides."""
    bases: tuple[type[Any], ...] = (str, int, float, bytes, list, tuple, set, frozenset)
    for base in bases:
        if isinstance(value, base):
            return base(value)
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "model_dump"):
        return value.model_dump()
    raise _Unfit("it is no plain data")


def _as_number(value: Any) -> list[Any]:
    """Any number, True and Decimal included, as an int where it is a whole one."""
    if not isinstance(value, Number):
        return []
    try:
        number = float(value)  # type: ignore[arg-type]
        return [int(number)] if number.is_integer() else [number]
    except (TypeError, ValueError, OverflowError):
        return []


def _fits(value: Any, annotation: Any) -> bool:
    try:
        # What containers hold is looked at less closely; there, too, True is a number.
        scalar = _is_scalar(annotation)
        offered = value if scalar else _counted(value)
        msgspec.convert(offered, annotation, strict=scalar)
    except msgspec.ValidationError:
        return False
    except Exception:
        # A type of which nothing is known but to its author.
        return True
    return True


def _counted(value: Any) -> Any:
    if isinstance(value, list):
        return [_counted(one) for one in value]
    if isinstance(value, dict):
        return {key: _counted(one) for key, one in value.items()}
    return int(value) if isinstance(value, bool) else value


def _is_scalar(annotation: Any) -> bool:
    if get_origin(annotation) in (Union, UnionType):
        return all(map(_is_scalar, get_args(annotation)))
    return annotation in _SCALARS


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, list | tuple | dict)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True
