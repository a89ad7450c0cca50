"""Folders as learners and platforms have them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from graders.packs import zipped


def unpack(files: Mapping[str, str | bytes], folder: Path) -> Path:
    """Zip files and unpack them again, as `unzip` does: with their modes."""
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder))
            path.chmod(entry.external_attr >> 16 & 0o777)
    return folder


def run(
    command: list[str | Path], folder: Path, **variables: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run a command there, with nothing of this process but where programs are."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment | {name: str(value) for name, value in variables.items()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=100,
    )


def repository(folder: Path, files: Mapping[str, str]) -> str:
    """A bare repository with one commit.

    Returns:
        The commit.
    """
    folder.mkdir(parents=True)
    run(["git", "init", "--quiet", "--bare", "--initial-branch=main"], folder)
    # Any commit may be fetched, as the platforms allow it.
    run(["git", "config", "uploadpack.allowAnySHA1InWant", "true"], folder)
    work = folder.with_suffix(".work")
    for name, text in files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git = ["git", f"--git-dir={folder}", f"--work-tree={work}"]
    author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    run([*git, "add", "--all"], work)
    run([*git, *author, "commit", "--quiet", "--message=Solved"], work)
    return run([*git, "rev-parse", "HEAD"], work).stdout.strip()


def machine_with_graders(folder: Path) -> Path:
    """A folder in which the environment `venv` is the one of this process."""
    folder.mkdir()
    (folder / "venv").symlink_to(sys.prefix)
    return folder
