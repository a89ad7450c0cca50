"""`kata doctor`: what this machine offers for grading, and how to get the rest."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

import typer
from rich.console import Console

from graders.proctor import (
    WALLS,
    HostPlan,
    LauncherFailed,
    launcher,
    missing_walls,
)
from graders.reports import (
    FAILED_EXIT,
    GRADER_EXIT,
    WIDTH,
    Line,
    Span,
    grader_error_lines,
    wrap,
)

Show = Callable[[Console, list[Line]], None]

# With everything that an instrument is for.
_NEEDS = ("database",)
_TRIED = "every instrument, on a mistake that is known: all of them told it"
# Columns before a remedy: below what it is for.
_MARGIN = 22

# What each wall keeps a submission from, and what to do where it is missing.
_PURPOSE = {
    "limits": "memory, computing, disk and descriptors are limited",
    "privileges": "no capabilities, and no way to gain any",
    "landlock": "files elsewhere can be neither read nor written",
    "seccomp": "no network, no other programs, no signals to others",
}
_REMEDY = {
    "limits": "Grade on Linux or macOS.",
    "privileges": "Grade on Linux; in a container, let it call capset and prctl.",
    "landlock": (
        "It needs Linux 5.13 or newer with `landlock` in the kernel's list of security "
        "modules (boot with lsm=landlock,...), and a container that lets its system "
        "calls through (Docker 23 or newer does)."
    ),
    "seccomp": (
        "Install libseccomp (`apt install libseccomp2` on Debian and Ubuntu, "
        "`dnf install libseccomp` on Fedora) and pyseccomp."
    ),
}


def standing_walls() -> list[str]:
    """The walls that stand around a host on this machine, with proven instruments.

    Raises:
        LauncherFailed: no host can be started, or an instrument is silent.
    """
    with (
        tempfile.TemporaryDirectory(prefix="kata-") as folder,
        launcher(expected=[_NEEDS], try_anew=True) as hosts,
    ):
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            link = hosts.start(HostPlan((nothing,) * 3, Path(folder), needs=_NEEDS))
            try:
                link.take_turn(0)
            finally:
                link.close()
        finally:
            os.close(nothing)
        return link.walls


def doctor_lines(standing: list[str]) -> list[Line]:
    """What there is, what is missing, and how to get it."""
    system = f"{platform.system()} {platform.release()} ({platform.machine()})"
    lines: list[Line] = [
        [("  Python  ", "dim"), (platform.python_version(), "")],
        [("  system  ", "dim"), (system, "")],
        [("  tried   ", "dim"), (_TRIED, "")],
        [],
    ]
    for name in WALLS:
        stands = name in standing
        mark: Span = ("ok      ", "good") if stands else ("MISSING ", "bad")
        what: Span = (_PURPOSE[name], "")
        lines.append([("  ", ""), mark, (name.ljust(12), "strong"), what])
        if not stands:
            remedy = wrap(_REMEDY[name], WIDTH - _MARGIN)
            lines += [[(" " * _MARGIN + text, "dim")] for text in remedy]
    lines.append([])
    if missing_walls(standing):
        verdict = (
            "Not all walls stand: 'kata grade' refuses strangers' code here, unless "
            "--sandbox none is given."
        )
    else:
        verdict = "All walls stand: strangers' code can be graded here."
    lines.append([(f"  {verdict}", "strong")])
    return lines


def add_commands(application: typer.Typer, *, show: Show) -> None:
    """Add `kata doctor`.

    Args:
        show: prints lines.
    """

    @application.command()
    def doctor() -> None:
        """Say what this machine offers for grading strangers' code.

        The exit code is 0 when every wall stands, 1 when one is missing, and 3 when no
        submission can be started at all.
        """
        console = Console()
        try:
            standing = standing_walls()
        except LauncherFailed as exc:
            show(console, grader_error_lines(str(exc)))
            raise typer.Exit(GRADER_EXIT) from exc
        show(console, doctor_lines(standing))
        raise typer.Exit(FAILED_EXIT if missing_walls(standing) else 0)
