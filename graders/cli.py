"""The `kata` command: lists the katas, and grades a submission without pytest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graders import __version__
from graders.authoring import add_commands
from graders.proctor import (
    AUTO,
    DEFAULT_SEED,
    GRADER_ERROR,
    PASSED,
    SANDBOXES,
    KataError,
    LauncherFailed,
    Options,
    SubmissionError,
    Verdict,
    all_katas,
    find_kata,
    launcher,
    read_submission,
)
from graders.reports import (
    WIDTH,
    Line,
    RecordedGrading,
    Role,
    escape,
    grader_error_lines,
    printed_lines,
    verdict_lines,
)
from graders.settings import (
    CLOCKS,
    LAUNCHERS,
    SettingError,
    read_choice,
    read_seed,
)

FAILED_EXIT, USAGE_EXIT, GRADER_EXIT = 1, 2, 3

_STYLES: dict[Role, str] = {
    "": "",
    "good": "green",
    "bad": "red",
    "dim": "dim",
    "strong": "bold",
}

application = typer.Typer(
    help="Learn, practise and grade async FastAPI.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _show(console: Console, lines: list[Line]) -> None:
    for line in lines:
        text = Text(no_wrap=True, overflow="ignore")
        for content, role in line:
            # Appended as it is: a learner's brackets are no markup.
            text.append(content, _STYLES[role])
        console.print(text, highlight=False, crop=False)


def _refuse(sentence: str, code: int = USAGE_EXIT) -> typer.Exit:
    Console(stderr=True, soft_wrap=True).print(
        Text("ERROR: ", "red").append(escape(sentence), "default"), highlight=False
    )
    return typer.Exit(code)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kata {__version__}")
        raise typer.Exit


@application.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Learn, practise and grade async FastAPI."""


@application.command("list")
def list_katas() -> None:
    """List the katas in the order in which they are meant to be done."""
    try:
        katas = all_katas()
    except KataError as exc:
        raise _refuse(str(exc)) from exc
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("no.", justify="right")
    table.add_column("kata", no_wrap=True)
    table.add_column("level", no_wrap=True)
    table.add_column("minutes", justify="right")
    table.add_column("title")
    for kata in katas:
        manifest = kata.manifest
        table.add_row(
            *map(
                Text,
                (
                    str(manifest.order),
                    kata.slug,
                    manifest.level,
                    str(manifest.minutes),
                    manifest.title,
                ),
            )
        )
    Console().print(table, highlight=False)


@application.command()
def run(
    slug: Annotated[str, typer.Argument(help="The kata, as 'kata list' names it.")],
    submission: Annotated[
        str | None,
        typer.Option(
            metavar="PATH", help="Grade this file, or the app.py in this folder."
        ),
    ] = None,
    seed: Annotated[
        str, typer.Option(metavar="N", help="Draw data and delays from this number.")
    ] = DEFAULT_SEED,
    clock: Annotated[
        str, typer.Option(metavar="CLOCK", help="virtual or real.")
    ] = "virtual",
    launcher_: Annotated[
        str, typer.Option("--launcher", metavar="LAUNCHER", help="fork or spawn.")
    ] = "fork",
    sandbox: Annotated[
        str,
        typer.Option(
            metavar="WALLS",
            help="auto: the walls that this machine offers; full: all or no grading; "
            "none.",
        ),
    ] = AUTO,
) -> None:
    """Grade a submission.

    The exit code is 0 when it passed, 1 when it failed, 2 when the command cannot be
    used and 3 when the grader itself failed.
    """
    console = Console()
    try:
        options = Options(
            read_seed(seed),
            read_choice("--clock", clock, CLOCKS) == "real",
            sandbox=read_choice("--sandbox", sandbox, SANDBOXES),
        )
        kind = read_choice("--launcher", launcher_, LAUNCHERS)
        kata = find_kata(slug)
        read = read_submission(
            Path(submission) if submission else kata.folder, kata.manifest.file
        )
        with launcher(kind) as hosts:
            grading = RecordedGrading(kata, read, hosts, options)
            verdict = grading.verdict()
    except (SettingError, KataError, SubmissionError) as exc:
        raise _refuse(str(exc)) from exc
    except LauncherFailed as exc:
        _show(console, grader_error_lines(str(exc)))
        raise typer.Exit(GRADER_EXIT) from exc
    width = min(console.width, WIDTH)
    for result in verdict.results:
        _show(console, printed_lines(result.title, grading.printed(result.name), width))
    _show(console, verdict_lines(verdict, width))
    raise typer.Exit(_exit_code(verdict))


def _exit_code(verdict: Verdict) -> int:
    if verdict.status == PASSED:
        return 0
    return GRADER_EXIT if verdict.status == GRADER_ERROR else FAILED_EXIT


add_commands(application, show=_show, refuse=_refuse)


def main() -> None:
    """The `kata` command."""
    application()


if __name__ == "__main__":
    main()
