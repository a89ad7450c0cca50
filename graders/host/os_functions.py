"""Functions of `os`, replaced."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

# What says of functions of `os` that they can do something; looked at by `shutil`.
_SUPPORTS = (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks)


def replace(name: str, wrap: Callable[[Any], Callable[..., Any]]) -> None:
    """Replace a function of `os` where there is one; it can do what the real one can.

    Args:
        wrap: makes the new function of the real one.
    """
    real = getattr(os, name, None)
    if real is None:
        return
    made: Any = functools.wraps(real)(wrap(real))
    setattr(os, name, made)
    for group in _SUPPORTS:
        if real in group:
            group.add(made)
