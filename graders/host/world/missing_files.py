"""Modes, owners and times of files that are not there: an error, as in life.

Walls let these calls succeed and do nothing (see `_PRETENDED` in `walls.seccomp`), also
for a path that leads nowhere: `Path.touch` would then believe that its file is there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from graders.host import os_functions

_stat = os.stat


def install() -> None:
    """Look for the file before each call, in this process and what it forks."""
    for name in ("chmod", "chown", "utime"):
        os_functions.replace(name, lambda real: _looking(real, follows=True))
    os_functions.replace("lchown", lambda real: _looking(real, follows=False))


def _looking(real: Callable[..., None], *, follows: bool) -> Callable[..., None]:
    """Args:
    follows: whether the call follows a link, unless it is told not to.
    """

    def call(path: Any, *args: Any, **options: Any) -> None:
        directory = options.get("dir_fd")
        follow = options.get("follow_symlinks", follows)
        # A descriptor is there, and may not be given together with a folder.
        if not isinstance(path, int):
            _stat(path, dir_fd=directory, follow_symlinks=follow)
        real(path, *args, **options)

    return call
