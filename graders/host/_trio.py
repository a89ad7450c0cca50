"""trio, left out: for whoever asks it is not installed.

Hosts run asyncio. Libraries import trio where they find it, some at their first use,
which may be in a handler; that import is long, starts a program and waits for it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType


class _Absence(MetaPathFinder):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> None:
        if fullname == "trio":
            message = "No module named 'trio': submissions run on asyncio"
            raise ModuleNotFoundError(message, name=fullname)


def leave_out() -> None:
    """Hide it from every import that comes."""
    sys.meta_path.insert(0, _Absence())
