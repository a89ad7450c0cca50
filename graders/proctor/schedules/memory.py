"""What is found out once, and holds for every submission that a launcher starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

Found = TypeVar("Found")
# Of each launcher; then all are forgotten.
_MOST = 256


class Memory(Generic[Found]):
    """Remembers by launchers, and no longer than each of them lives."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Any, dict[tuple[Any, ...], Found]] = (
            WeakKeyDictionary()
        )

    def recall(
        self, launcher: object, key: tuple[Any, ...], find_out: Callable[[], Found]
    ) -> Found:
        """What is known by a key; found out, if it is the first time.

        Args:
            key: all that it depends on besides the launcher.
        """
        known = self._known.setdefault(launcher, {})
        if key not in known:
            found = find_out()
            if len(known) >= _MOST:
                known.clear()
            known[key] = found
        return known[key]
