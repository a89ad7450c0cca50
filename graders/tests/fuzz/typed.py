"""Draws values of any type that msgspec can read, as the type itself says what it is.

So a new message, or a new field of one, is drawn without anybody's doing; a kind of
type that is not known here is an error.
"""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
# Most numbers are those of something that there is, or the next one to it.
whole_numbers = st.one_of(
    st.integers(0, 6),
    st.integers(0, 12_000_000_000),
    st.sampled_from([_SMALLEST, -1, 2**31, 2**53 + 1, 2**63 - 1, _LARGEST]),
)
numbers = st.floats() | st.floats(0.0, 10.0)
texts = st.text(max_size=8) | st.sampled_from(
    ["\0", "../x", "\x1b[2J", "x" * 300, "é\u202e", "::error::", "<b>"]
)
_scalars = st.one_of(
    st.none(),
    st.booleans(),
    whole_numbers,
    numbers,
    texts,
    st.binary(max_size=8),
    # What msgpack has besides; nobody of ours sends it.
    st.builds(msgspec.msgpack.Ext, st.integers(0, 100), st.binary(max_size=4)),
    st.datetimes(timezones=st.just(datetime.UTC)),
)
plain: st.SearchStrategy[Any] = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(texts | whole_numbers, inner, max_size=3)
    ),
    max_leaves=6,
)


def values_of(
    kind: Any, texts: st.SearchStrategy[str] = texts
) -> st.SearchStrategy[Any]:
    """Values of a type.

    Args:
        kind: anything that msgspec reads.
        texts: where texts come from.
    """
    return _Types(texts).of(inspect.type_info(kind))


class _Types:
    def __init__(self, texts: st.SearchStrategy[str]) -> None:
        self._texts = texts
        # A type may hold itself.
        self._structs: dict[type, st.SearchStrategy[Any]] = {}

    def of(self, info: inspect.Type) -> st.SearchStrategy[Any]:
        match info:
            case inspect.AnyType():
                return plain
            case inspect.NoneType():
                return st.none()
            case inspect.BoolType():
                return st.booleans()
            case inspect.IntType(ge=None, le=None):
                return whole_numbers
            case inspect.IntType(ge=least, le=most):
                return st.integers(least, 9 if most is None else most)
            case inspect.FloatType(ge=None, le=None):
                return numbers
            case inspect.FloatType(ge=least, le=most):
                return st.floats(least, most)
            case inspect.StrType():
                return self._texts
            case inspect.BytesType():
                return st.binary(max_size=20)
            case inspect.LiteralType(values=values):
                return st.sampled_from(values)
            case inspect.UnionType(types=types):
                return st.one_of([self.of(one) for one in types])
            case (
                inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item)
            ):
                return st.lists(self.of(item), max_size=3)
            case inspect.DictType(key_type=key, value_type=value):
                return st.dictionaries(self.of(key), self.of(value), max_size=3)
            case inspect.StructType():
                return self._struct(info)
        raise TypeError(f"how is {info!r} drawn?")

    def _struct(self, info: inspect.StructType) -> st.SearchStrategy[Any]:
        if info.cls not in self._structs:
            self._structs[info.cls] = st.deferred(lambda: self._structs[info.cls])
            self._structs[info.cls] = st.builds(
                info.cls, **{field.name: self.of(field.type) for field in info.fields}
            )
        return self._structs[info.cls]
