"""`kata verify` and `kata new`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from graders.authoring._explore import explore as carry_out_plans
from graders.authoring._judging import Judged, Plan
from graders.authoring._load import burning
from graders.authoring._scaffold import ScaffoldError, scaffold
from graders.authoring._survivors import closing_lines, surveyed, surveys
from graders.authoring._verify import Verification
from graders.proctor import (
    DEFAULT_SEED,
    KATAS,
    Kata,
    KataError,
    LauncherFailed,
    all_katas,
    find_kata,
    launcher,
    load_kata,
)
from graders.reports import FAILED_EXIT, GRADER_EXIT, WIDTH, grader_error_lines
from graders.reports.output import say
from graders.reports.styled import refuse, show
from graders.settings import SettingError, cores, read_seed


def add_commands(application: typer.Typer) -> None:
    """Add the commands of who writes katas."""

    @application.command()
    def verify(
        slugs: Annotated[
            list[str] | None,
            typer.Argument(metavar="[SLUG]...", help="Katas; all when none is named."),
        ] = None,
        repeat: Annotated[
            int,
            typer.Option(
                metavar="N",
                min=1,
                max=1000,
                help="Grade everything N times; no verdict may change.",
            ),
        ] = 1,
        load: Annotated[
            bool, typer.Option("--load", help="Keep every core busy meanwhile.")
        ] = False,
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
            str,
            typer.Option(metavar="N", help="Draw data and delays from this number."),
        ] = DEFAULT_SEED,
        mutants: Annotated[
            bool,
            typer.Option(
                "--mutants",
                help="Grade each solution with one small change after the other.",
            ),
        ] = False,
        explore: Annotated[
            int,
            typer.Option(
                metavar="N",
                min=0,
                max=100_000,
                help="Carry out N plans of each property on every right solution.",
            ),
        ] = 0,
    ) -> None:
        """Prove that katas are complete and their suites right.

        Shows which check catches which rejected submission. The exit code is 0 when
        all is well, 1 when something must be mended, 2 when the command cannot be used
        and 3 when the grader itself failed.

        With --mutants it tells instead which changes of a solution nobody notices, and
        where a suite loses its head: 1 for a grader error. With --explore it tells on
        which plan a right solution and that of the kata differ: 1 where one does.
        """
        console = Console()
        try:
            plan = Plan(jobs or cores(), repeat, read_seed(seed))
            named = list(dict.fromkeys(slugs or ()))
            for slug in named:
                if not (KATAS / slug).is_dir():
                    find_kata(slug)
        except (SettingError, KataError) as exc:
            raise refuse(str(exc)) from exc
        burners = burning(2 * cores()) if load else nullcontext()
        try:
            if mutants:
                failed = _grade_mutants(_katas(named), plan, console)
            elif explore:
                failed = _explore(_katas(named), explore, plan.seed, console)
            else:
                with burners:
                    failed = _prove(named, plan, console)
        except KataError as exc:
            raise refuse(str(exc)) from exc
        except LauncherFailed as exc:
            show(console, grader_error_lines(str(exc)))
            raise typer.Exit(GRADER_EXIT) from exc
        raise typer.Exit(FAILED_EXIT if failed else 0)

    @application.command()
    def new(
        slug: Annotated[
            str, typer.Argument(help="Its name: lower case letters, digits, _.")
        ],
    ) -> None:
        """Start a kata: its folder, its suite and its reference, with a to-do list."""
        try:
            written = scaffold(slug, KATAS)
        except ScaffoldError as exc:
            raise refuse(str(exc)) from exc
        for name in written:
            say(name)
        say(f"\n'kata verify {slug}' tells what there is to do.")


def _katas(slugs: list[str]) -> list[Kata]:
    """Those of these names, or all of them."""
    return [load_kata(KATAS / slug) for slug in slugs] or all_katas()


def _prove(slugs: list[str], plan: Plan, console: Console) -> bool:
    """Grade what lies beside the katas; whether something must be mended."""
    width = min(console.width, WIDTH)
    verification = Verification(KATAS, slugs)
    with (
        _progress(verification.gradings, plan.repeat) as graded,
        closing(verification.reports(plan, graded)) as reports,
    ):
        for report in reports:
            show(console, report.lines(width))
    show(console, verification.closing_lines(plan.repeat, width))
    return verification.failed


def _grade_mutants(katas: list[Kata], plan: Plan, console: Console) -> bool:
    """Grade changes of the solutions.

    Returns:
        Whether one led to an error of the grader's, or has full marks and nobody has
        said why.
    """
    width = min(console.width, WIDTH)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        made = surveys(katas, Path(folder))
        total = sum(len(one.changes) for one in made)
        with (
            _progress(total, plan.repeat) as graded,
            closing(surveyed(made, plan, graded)) as finished,
        ):
            for survey in finished:
                show(console, survey.lines(width))
    show(console, closing_lines(made))
    return any(one.problems or one.survivors for one in made)


def _explore(katas: list[Kata], plans: int, seed: str, console: Console) -> bool:
    """Carry out plans on right solutions; whether one differs from the kata's own."""
    differs = False
    with launcher() as hosts:
        for kata in katas:
            right = sorted((kata.reference / "accepted").glob("*.py"))
            for told in carry_out_plans(kata, right, hosts, plans=plans, seed=seed):
                show(console, [told.line()])
                differs = differs or told.differs
    return differs


@contextmanager
def _progress(total: int, repeat: int) -> Iterator[Callable[[Judged], None]]:
    """A bar on a terminal; nothing elsewhere, where the reports come one by one."""
    if not sys.stderr.isatty():
        yield lambda judged: None
        return
    times = f" x {repeat}" if repeat > 1 else ""
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(times),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("grading", total=total)

        def graded(judged: Judged) -> None:
            name = f"{judged.exhibit.kata.slug}: {judged.exhibit.name}"
            bar.update(task, advance=1, description=name[:44])

        yield graded
