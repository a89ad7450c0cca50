"""Runs mypy over the katas and their reference submissions: `python -m` this module.

Every kata has an `app.py` and a `given.py`, and a submission imports `given` as a
module of its own. So each kata is checked by itself, with its folder on mypy's path.
"""

from __future__ import annotations

import os
import subprocess
import sys

from graders.proctor import Kata, all_katas


def files_of(kata: Kata) -> list[str]:
    """The typed files of a kata: all of them, rejected submissions as well."""
    own = sorted(kata.folder.glob("*.py"))
    reference = sorted(kata.reference.rglob("*.py"))
    return [str(path) for path in own + reference]


def main() -> int:
    """Check every kata; the exit code is 1 when one has a complaint."""
    failed = []
    for kata in all_katas():
        environment = {**os.environ, "MYPYPATH": str(kata.folder)}
        command = [
            sys.executable,
            "-m",
            "mypy",
            "--no-namespace-packages",
            "--no-explicit-package-bases",
            *files_of(kata),
        ]
        if subprocess.run(command, env=environment, check=False).returncode:
            failed.append(kata.slug)
    if failed:
        print(f"mypy complains about: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
