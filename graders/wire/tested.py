"""The table of releases that the graders have been tested with.

The proctor says what lies outside; the host, what to install instead of what cannot
be used.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

TESTED = Path(__file__).parents[1] / "tested.toml"
PYTHON = "python"

# The lowest and the newest release that was tested.
Range = tuple[str, str]


@cache
def known_ranges() -> dict[str, Range]:
    """Python's range, under "python", and that of each library that decides."""
    content = tomllib.loads(TESTED.read_text(encoding="utf-8"))
    ranges = {PYTHON: content[PYTHON], **content["libraries"]}
    return {name: (lowest, newest) for name, (lowest, newest) in ranges.items()}


def known_pythons() -> str:
    """As people are told them: "3.11, 3.12 or 3.13"."""
    lowest, newest = (int(end.removeprefix("3.")) for end in known_ranges()[PYTHON])
    *others, last = (f"3.{minor}" for minor in range(lowest, newest + 1))
    return " or ".join([", ".join(others), last]) if others else last
