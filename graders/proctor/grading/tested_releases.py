"""Which releases of Python and of the libraries the graders have been tested with.

What lies outside may well do, but nobody has seen it: then verdicts say so.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from packaging.version import InvalidVersion, Version

from graders.wire.tested import PYTHON, Range, known_ranges


@cache
def release(library: str) -> str:
    """The release that is installed, or "none"; looked for once."""
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"


def python_release() -> str:
    """Of the interpreter that runs."""
    return platform.python_version()


def installed() -> dict[str, str]:
    """What is installed here of all that `known_ranges` names, Python first."""
    found = {name: release(name) for name in known_ranges() if name != PYTHON}
    present = {name: number for name, number in found.items() if number != "none"}
    return {PYTHON: python_release(), **present}


def untested(
    releases: Mapping[str, str] | None = None,
    ranges: Mapping[str, Range] | None = None,
) -> list[str]:
    """What nobody has tested of what is installed, as "fastapi 1.2.0".

    Args:
        releases: instead of what is installed.
        ranges: instead of the table.
    """
    releases = installed() if releases is None else releases
    ranges = known_ranges() if ranges is None else ranges
    return [
        f"{'Python' if name == PYTHON else name} {number}"
        for name, number in releases.items()
        if not _within(name, number, *ranges[name])
    ]


def _within(name: str, number: str, lowest: str, newest: str) -> bool:
    try:
        found = Version(number)
    except InvalidVersion:
        return False
    if found.is_prerelease:
        return False
    if name == PYTHON:
        # Its last number stands for mended faults alone.
        found = Version(f"{found.major}.{found.minor}")
    return Version(lowest) <= Version(found.public) <= Version(newest)
