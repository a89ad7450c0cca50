"""How often feedback shows the line of the mistake: `python -m` this module.

Beside the golden files stands, for each rejected submission, where a reviewer would put
his finger: the lines that hold the cause, judged from the code alone. What is compared
with them is the first line that a learner is shown. The submissions that are told by
another line are listed, with what a reviewer would say.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec

from graders.devtools.golden import GOLDEN

_SHOWN = re.compile(r"^ +\w+\.py:(\d+)", re.MULTILINE)


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lines that hold the cause of a mistake, and the mistake in a few words."""

    lines: list[int]
    why: str


def places() -> dict[Path, Place]:
    """Where reviewers point, for each golden file."""
    found: dict[Path, Place] = {}
    for file in sorted(GOLDEN.glob("*/lines.toml")):
        entries = tomllib.loads(file.read_text(encoding="utf-8"))
        for name, place in msgspec.convert(entries, dict[str, Place]).items():
            found[file.with_name(f"{name}.txt")] = place
    return found


def shown(golden: Path) -> int | None:
    """The first line that a golden file shows."""
    first = _SHOWN.search(golden.read_text(encoding="utf-8"))
    return int(first[1]) if first is not None else None


def elsewhere() -> dict[Path, Place]:
    """Those whose first line is another one."""
    return {
        golden: place
        for golden, place in places().items()
        if shown(golden) not in place.lines
    }


def main() -> None:
    """Print the exceptions, and how many they are."""
    exceptions = elsewhere()
    for golden, place in exceptions.items():
        line, name = shown(golden), f"{golden.parent.name}/{golden.stem}"
        instead = ", ".join(map(str, place.lines))
        print(f"{name}: line {line} instead of {instead} ({place.why})")
    every = len(places())
    print(f"{every - len(exceptions)} of {every} show the line of the mistake first")


if __name__ == "__main__":
    main()
