"""The `kata` command at work in another project: `python -m` this, its root, and so on.

Screens are tested in a process of their own, as a learner starts it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import graders.suites
from graders.cli import application
from graders.practice import _stubs
from graders.proctor.katas import kata


def main() -> None:
    root, *arguments = sys.argv[1:]
    kata.KATAS = Path(root) / "katas"
    _stubs.STUBS = Path(root) / "stubs"
    graders.suites.__path__ = [str(Path(root) / "suites")]
    application(arguments)


if __name__ == "__main__":
    main()
