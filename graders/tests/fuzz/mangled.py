"""Draws what is almost a valid file: one with other bytes, or other values, in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

# What parsers stumble over, besides any other bytes.
_BYTES = st.binary(min_size=1, max_size=4) | st.sampled_from(
    [
        b"\xff",
        b"\0",
        b"\xed\xa0\x80",
        b"\\ud800",
        b'"',
        b"[" * 5_000,
        b"{" * 5_000,
        b'{"a":' * 5_000,
        b"9" * 5_000,
        b"1e999",
        b"-1",
        b"\n",
        b"\xef\xbb\xbf",
    ]
)
# Where, from the start or the end; how much goes; what comes instead.
_CHANGES = st.lists(
    st.tuples(
        st.integers(-2_000, 2_000),
        st.sampled_from([0, 0, 1, 4, 10_000]),
        _BYTES | st.just(b""),
    ),
    max_size=4,
)


def mangled(valid: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Bytes of valid files, some of them changed; and any bytes."""
    return st.builds(_change, valid, _CHANGES) | st.binary(max_size=40)


def _change(data: bytes, changes: Sequence[tuple[int, int, bytes]]) -> bytes:
    for position, length, instead in changes:
        start = position % (len(data) + 1)
        data = data[:start] + instead + data[start + length :]
    return data


def grafted(
    tree: Any, values: st.SearchStrategy[Any], keys: st.SearchStrategy[str]
) -> st.SearchStrategy[Any]:
    """Trees like this one of dictionaries and lists, with other values somewhere.

    Args:
        values: what stands there.
        keys: names of what is added.
    """
    return st.lists(
        st.tuples(st.lists(st.integers(0, 12), max_size=5), values, keys),
        min_size=1,
        max_size=3,
    ).map(lambda grafts: _grafted(tree, grafts))


def _grafted(tree: Any, grafts: Sequence[tuple[list[int], Any, str]]) -> Any:
    for path, value, key in grafts:
        tree = _graft(tree, path, value, key)
    return tree


def _graft(tree: Any, path: list[int], value: Any, key: str) -> Any:
    if not path:
        return value
    if isinstance(tree, dict):
        # One more than there are: a new one.
        name = [*tree, key][path[0] % (len(tree) + 1)]
        return {**tree, name: _graft(tree.get(name), path[1:], value, key)}
    if isinstance(tree, list) and tree:
        at = path[0] % len(tree)
        return [*tree[:at], _graft(tree[at], path[1:], value, key), *tree[at + 1 :]]
    return value
