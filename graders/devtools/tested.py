"""Widens the tested ranges to what is installed here: `python -m` this module.

`tox -e newest` and `tox -e lowest` do so when all tests have passed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from packaging.version import Version

from graders.proctor.grading.tested_releases import installed
from graders.wire.tested import PYTHON, TESTED, Range, known_ranges


def widened(
    ranges: Mapping[str, Range], releases: Mapping[str, str]
) -> dict[str, Range]:
    """The ranges, each with the release that was tested now."""
    return {
        name: (
            min(lowest, releases.get(name, lowest), key=Version),
            max(newest, releases.get(name, newest), key=Version),
        )
        for name, (lowest, newest) in ranges.items()
    }


def written(ranges: Mapping[str, Range], heading: str) -> str:
    """The table as a file.

    Args:
        heading: the comment that it begins with.
    """
    lines = {
        name: f'{name} = ["{lowest}", "{newest}"]'
        for name, (lowest, newest) in ranges.items()
    }
    python = lines.pop(PYTHON)
    return "\n".join([heading + python, "", "[libraries]", *lines.values(), ""])


def main(arguments: Sequence[str]) -> None:
    """Write what has changed, and say it.

    Args:
        arguments: those of pytest: with any, a part of the tests has run, and proves
            nothing.
    """
    if arguments:
        print(f"Nothing is noted: only {' '.join(arguments)} was tested.")
        return
    releases = installed()
    releases[PYTHON] = ".".join(releases[PYTHON].split(".")[:2])
    before, after = known_ranges(), widened(known_ranges(), releases)
    text = TESTED.read_text(encoding="utf-8")
    heading = text[: text.index(PYTHON)]
    TESTED.write_text(written(after, heading), encoding="utf-8")
    for name in after:
        if after[name] != before[name]:
            print(f"{name}: {' to '.join(after[name])}")


if __name__ == "__main__":
    main(sys.argv[1:])
