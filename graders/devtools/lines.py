"""How often feedback shows the line of the mistake: `python -m` this module.

For each rejected submission, `mistakes.toml` says where a reviewer would put his
finger: the lines that hold the cause, judged from the code alone. What is compared with
them is the first line that a learner is shown. The submissions that are told by another
line are listed, with what a reviewer would say.
"""

from __future__ import annotations

import re
from pathlib import Path

from graders.devtools.golden import GOLDEN
from graders.proctor import Mistake, all_katas, mistakes

_SHOWN = re.compile(r"^ +\w+\.py:(\d+)", re.MULTILINE)


def places() -> dict[Path, Mistake]:
    """What is known of the mistake, for each golden file."""
    return {
        GOLDEN / kata.slug / f"{name}.txt": mistake
        for kata in all_katas()
        for name, mistake in mistakes(kata).items()
    }


def shown(golden: Path) -> int | None:
    """The first line that a golden file shows."""
    first = _SHOWN.search(golden.read_text(encoding="utf-8"))
    return int(first[1]) if first is not None else None


def elsewhere() -> dict[Path, Mistake]:
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
