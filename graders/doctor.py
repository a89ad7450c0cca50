"""`kata doctor`: what this machine offers for grading, and how to get the rest."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence

import typer
from rich.console import Console

from graders.host.walls.landlock import lacking
from graders.platform_parts import PARTS, missing_parts
from graders.proctor import (
    WALLS,
    LauncherFailed,
    launcher,
    missing_walls,
    untested,
    walls_of_a_host,
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
from graders.reports.styled import show
from graders.wire.tested import PYTHON, known_ranges

# With everything that an instrument is for.
_NEEDS = ("database",)
_TRIED = "each was tried on a mistake that is known, and told it"
# Columns of names, and before what stands beside and below them.
_NAMES = 17
_MARGIN = 10 + _NAMES

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
    with launcher(expected=[_NEEDS], try_anew=True) as hosts:
        return walls_of_a_host(hosts, _NEEDS)


def _row(good: bool, bad: str, name: str, what: str, remedy: str) -> list[Line]:
    """One thing, whether it is as it should be, and what to do where it is not.

    Args:
        bad: the word for it where it is not.
        what: what it is for.
        remedy: shown where it is not good.
    """
    mark: Span = ("ok".ljust(8), "good") if good else (bad.ljust(8), "bad")
    first, *rest = wrap(what, WIDTH - _MARGIN)
    lines: list[Line] = [
        [("  ", ""), mark, (name.ljust(_NAMES), "strong"), (first, "")]
    ]
    lines += [[(" " * _MARGIN + text, "")] for text in rest]
    for text in () if good else wrap(remedy, WIDTH - _MARGIN):
        lines.append([(" " * _MARGIN + text, "dim")])
    return lines


def _tested_rows(found: Sequence[str]) -> Iterator[Line]:
    """What the graders have been tested with; `found` is what they have not."""
    lowest, newest = known_ranges()[PYTHON]
    strange = [one for one in found if one.startswith("Python ")]
    others = [one for one in found if one not in strange]
    yield from _row(
        not strange,
        "NEW",
        "Python",
        f"{platform.python_version()}; tested with {lowest} to {newest}",
        "Verdicts may be right. They say that nobody has tested it.",
    )
    yield from _row(
        not others,
        "NEW",
        "libraries",
        "all of a tested release" if not others else ", ".join(others),
        "Verdicts may be right. They say that nobody has tested these releases.",
    )


def doctor_lines(
    standing: Sequence[str],
    missing: Sequence[str] | None = None,
    found: Sequence[str] | None = None,
    older: str | None = None,
) -> list[Line]:
    """What there is, what is missing, and how to get it.

    Args:
        standing: the walls that stand.
        missing: parts that the platform lacks; looked for when left out.
        found: what is installed and untested; looked for when left out.
        older: what the kernel's Landlock lacks; looked for when left out.
    """
    older = lacking() if older is None else older
    missing = missing_parts() if missing is None else missing
    system = f"{platform.system()} {platform.release()} ({platform.machine()})"
    lines: list[Line] = [[("  system  ", "dim"), (system, "")], []]
    for name in WALLS:
        there = name in standing
        lines += _row(there, "MISSING", name, _PURPOSE[name], _REMEDY[name])
        if name == "landlock" and there and older:
            lines += [
                [(" " * _MARGIN + text, "dim")] for text in wrap(older, WIDTH - _MARGIN)
            ]
    lines.append([])
    for part in PARTS:
        there = part.name not in missing
        lines += _row(there, "MISSING", part.name, part.serves, part.without)
    # One that is silent lets no host start, and is told before these lines.
    lines += _row(True, "", "instruments", _TRIED, "")
    lines.append([])
    lines += _tested_rows(untested() if found is None else found)
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


def add_commands(application: typer.Typer) -> None:
    """Add `kata doctor`."""

    @application.command()
    def doctor() -> None:
        """Say what this machine offers for grading, strangers' code above all.

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
