"""`kata grade`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from graders.batch._batch import Plan
from graders.batch._folder import FolderError, kept_seed
from graders.batch._found import Intake
from graders.batch._grade import Assignment, Interrupted, grade_all
from graders.batch._intake import IntakeError
from graders.batch._layouts import LayoutError, read_layout
from graders.batch._summary import (
    exit_code,
    intake_lines,
    summary_lines,
)
from graders.proctor import (
    FULL,
    REACHES,
    REFUSE,
    SANDBOXES,
    KataError,
    LauncherFailed,
    Options,
    Verdict,
)
from graders.reports import FEEDBACK, GRADER_EXIT, WIDTH, Line, grader_error_lines, wrap
from graders.reports.formats import FORMATS
from graders.reports.styled import refuse, show
from graders.settings import SettingError, cores, read_choice, read_seed

INTERRUPTED_EXIT = 130
CACHE = ".cache"


def add_commands(application: typer.Typer) -> None:
    """Add the command that grades a class."""

    @application.command()
    def grade(
        submissions: Annotated[
            list[Path],
            typer.Argument(
                help="A folder with a file or folder for each learner, a ZIP or tar "
                "archive of one, or each learner's own file, folder or archive.",
                show_default=False,
            ),
        ],
        out: Annotated[
            Path,
            typer.Option(
                metavar="DIR", help="The folder for the results.", show_default=False
            ),
        ],
        kata: Annotated[
            list[str] | None,
            typer.Option(
                metavar="SLUG", help="What was handed in; all katas when left out."
            ),
        ] = None,
        layout: Annotated[
            str | None,
            typer.Option(
                metavar="PATTERN",
                help="Where submissions lie, as '{learner}/{kata}/app.py'; the usual "
                "places when left out.",
            ),
        ] = None,
        jobs: Annotated[
            int | None,
            typer.Option(
                "--jobs",
                "-j",
                metavar="N",
                min=1,
                max=256,
                help="Processes that grade; as many as there are cores when left out.",
            ),
        ] = None,
        seed: Annotated[
            str | None,
            typer.Option(
                metavar="N",
                help="Draw data and delays from this number; one that nobody has "
                "practised with, kept in the results, when left out.",
            ),
        ] = None,
        repeat: Annotated[
            int,
            typer.Option(
                metavar="N",
                min=1,
                max=1000,
                help="Grade each submission N times, and tell whose verdict changes.",
            ),
        ] = 1,
        sandbox: Annotated[
            str, typer.Option(metavar="WALLS", help="full, auto or none.")
        ] = FULL,
        reach: Annotated[
            str,
            typer.Option(
                metavar="WHAT",
                help="What becomes of code that reaches for the grader's objects: "
                "refuse it, or only note it.",
            ),
        ] = REFUSE,
        feedback: Annotated[
            str,
            typer.Option(
                metavar="LEVEL",
                help="What learners see in their reports: full, hints, titles or "
                "score.",
            ),
        ] = "full",
        formats: Annotated[
            list[str] | None,
            typer.Option(
                "--format",
                metavar="NAME",
                help=f"Write a report for each learner: {', '.join(FORMATS)}.",
            ),
        ] = None,
        cache: Annotated[
            Path | None,
            typer.Option(
                metavar="DIR", help="Keep the cache here, not in the results."
            ),
        ] = None,
        no_cache: Annotated[
            bool, typer.Option("--no-cache", help="Grade anew what is in the cache.")
        ] = False,
    ) -> None:
        """Grade a class: many submissions, side by side.

        A run that was stopped goes on from there when it is started again. The exit
        code is 0 when all have passed, 1 when one has not, 2 when the command cannot be
        used and 3 when the grader itself failed.
        """
        console = Console()
        width = min(console.width, WIDTH)
        try:
            options = Options(
                kept_seed(out) if seed is None else read_seed(seed),
                sandbox=read_choice("--sandbox", sandbox, SANDBOXES),
                reach=read_choice("--reach", reach, REACHES),
            )
            for name in formats or ():
                read_choice("--format", name, tuple(FORMATS))
            plan = Plan(
                options,
                jobs or cores(),
                repeat,
                read_choice("--feedback", feedback, FEEDBACK),
                tuple(formats or ()),
            )
            pattern = read_layout(layout) if layout is not None else None
            asked = Assignment(
                submissions, out, kata or (), pattern, cache or out / CACHE, no_cache
            )

            @contextmanager
            def telling(intake: Intake) -> Iterator[Callable[[Verdict], None]]:
                show(console, intake_lines(intake))
                with _progress(len(intake.found)) as settled:
                    yield settled

            summary, problems = grade_all(asked, plan, telling)
        except (
            SettingError,
            KataError,
            LayoutError,
            FolderError,
            IntakeError,
        ) as exc:
            raise refuse(str(exc)) from exc
        except LauncherFailed as exc:
            show(console, grader_error_lines(str(exc)))
            raise typer.Exit(GRADER_EXIT) from exc
        except Interrupted as exc:
            show(console, [[(str(exc), "bad")]])
            raise typer.Exit(INTERRUPTED_EXIT) from exc
        lines: list[Line] = [[], *summary_lines(summary, width)]
        for problem in problems:
            lines.append([])
            lines += [[(line, "bad")] for line in wrap(problem, width)]
        show(console, lines)
        raise typer.Exit(exit_code(summary))


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Verdict], None]]:
    """A bar on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda verdict: None
        return
    with Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("", total=total)

        def settled(verdict: Verdict) -> None:
            name = f"{verdict.learner}: {verdict.status}"
            bar.update(task, advance=1, description=name[:40])

        yield settled
