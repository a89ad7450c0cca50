"""Modes, owners and times of files that are not there: an error, as in life.

Walls let these calls succeed and do nothing (see `_PRETENDED` in `walls.seccomp`), also
for a path that leads nowhere: `Path.touch` would then believe that its file is there.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

# Calls that may be told not to follow a link, and those that never do.
_FOLLOWING, _NEVER = ("chmod", "chown", "utime"), ("lchown",)
_TOLD = (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks)

_stat = os.stat


def install() -> None:
    """Look for the file before each call, in this process and what it forks."""
    for name in (*_FOLLOWING, *_NEVER):
        real: Any = getattr(os, name, None)
        if real is not None:
            looks = _looking(real, follows=name in _FOLLOWING)
            setattr(os, name, looks)
            for told in _TOLD:
                if real in told:
                    told.add(looks)


def _looking(real: Callable[..., None], *, follows: bool) -> Callable[..., None]:
    @functools.wraps(real)
    def call(path: Any, *args: Any, **options: Any) -> None:
        directory = options.get("dir_fd")
        follow = options.get("follow_symlinks", follows)
        # A descriptor is there, and may not be given together with a folder.
        if not isinstance(path, int):
            _stat(path, dir_fd=directory, follow_symlinks=follow)
        real(path, *args, **options)

    return call
