"""Which graders a host is made of."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import graders

START = """\
import subprocess, sys
sys.path.insert(0, sys.argv[1])
from graders.proctor.hosts.zygote import command
sys.exit(subprocess.call(command("zygote", 0)))
"""


def test_a_host_is_made_of_the_graders_that_start_it(tmp_path: Path) -> None:
    """And not of others that are installed."""
    shutil.copytree(
        Path(graders.__file__).parent,
        tmp_path / "graders",
        ignore=shutil.ignore_patterns("tests", "__pycache__"),
    )
    zygote = tmp_path / "graders" / "host" / "zygote.py"
    zygote.write_text('raise SystemExit("made of the copy")\n', encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-P", "-c", START, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, "made of the copy\n")
