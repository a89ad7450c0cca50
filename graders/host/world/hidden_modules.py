"""What is left out: for whoever asks, it is not installed.

Hosts run asyncio. Libraries import trio where they find it, some at their first use,
which may be in a handler; that import is long, starts a program and waits for it.
httpx imports the command line that it has for people, a tenth of all that a zygote
imports, and does without where its parts are missing. On macOS `urllib` asks a service
of the system for proxies, which a forked process cannot.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any

from graders.wire import HTTP_LIBRARIES

_ABSENT = {
    "trio": "No module named 'trio': submissions run on asyncio",
    **{
        f"{library.name}._main": f"{library.name}'s command line is not here"
        for library in HTTP_LIBRARIES
    },
}


class _Absence(MetaPathFinder):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> None:
        if fullname in _ABSENT:
            raise ModuleNotFoundError(_ABSENT[fullname], name=fullname)


def leave_out() -> None:
    """Hide it from every import that comes."""
    sys.meta_path.insert(0, _Absence())
    if sys.platform == "darwin":
        service: Any = ModuleType("_scproxy")
        service._get_proxies = dict
        service._get_proxy_settings = functools.partial(
            dict, exclude_simple=False, exceptions=()
        )
        sys.modules["_scproxy"] = service
