"""The `kata` command: grades a submission without pytest, and much more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from graders import __version__
from graders.authoring import add_commands
from graders.batch import add_commands as add_batch_commands
from graders.doctor import add_commands as add_doctor_command
from graders.packs import add_commands as add_pack_commands
from graders.practice import Notebook, tell_notes
from graders.practice import add_commands as add_practice_commands
from graders.proctor import (
    AUTO,
    DEFAULT_SEED,
    GRADER_ERROR,
    SANDBOXES,
    KataError,
    LauncherFailed,
    Options,
    SubmissionError,
    find_kata,
    launcher,
    read_submission,
)
from graders.reports import (
    FEEDBACK,
    GRADER_EXIT,
    USAGE_EXIT,
    WIDEST,
    RecordedGrading,
    escape,
    exit_code,
    grader_error_lines,
    no_commands,
    printed_lines,
    reduced,
    verdict_lines,
    write_atomically,
)
from graders.reports.commands import add_commands as add_report_commands
from graders.reports.formats import FORMATS
from graders.reports.output import Outputs, say
from graders.reports.styled import show as _show
from graders.settings import (
    CLOCKS,
    LAUNCHERS,
    SettingError,
    read_choice,
    read_seed,
)

application = typer.Typer(
    help="Learn, practise and grade async FastAPI.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _refuse(sentence: str, code: int = USAGE_EXIT) -> typer.Exit:
    Console(stderr=True, soft_wrap=True).print(
        Text("ERROR: ", "red").append(escape(sentence), "default"), highlight=False
    )
    return typer.Exit(code)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"kata {__version__}")
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
    feedback: Annotated[
        str,
        typer.Option(metavar="LEVEL", help=f"What to tell: {', '.join(FEEDBACK)}."),
    ] = "full",
    json: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the whole verdict here, for 'kata report'."
        ),
    ] = None,
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
        level = read_choice("--feedback", feedback, FEEDBACK)
        kata = find_kata(slug)
        read = read_submission(
            Path(submission) if submission else kata.folder,
            kata.manifest.file,
            kata.folder,
        )
        with launcher(kind, [kata.needs]) as hosts:
            grading = RecordedGrading(kata, read, hosts, options)
            verdict = grading.verdict()
    except (SettingError, KataError, SubmissionError) as exc:
        raise _refuse(str(exc)) from exc
    except LauncherFailed as exc:
        _show(console, grader_error_lines(str(exc)))
        raise typer.Exit(GRADER_EXIT) from exc
    width = min(console.width, WIDEST)
    with no_commands():
        for result in verdict.results if level == "full" else ():
            # What a submission prints may be the data that it is graded with.
            printed = grading.printed(result.name)
            _show(console, printed_lines(result.title, printed, width))
        _show(console, verdict_lines(reduced(verdict, level), width))
    if json is not None:
        _write(json, FORMATS["json"].text(verdict))
    if submission is None and verdict.status != GRADER_ERROR:
        notebook = Notebook()
        notebook.graded(verdict)
        tell_notes(notebook)
    raise typer.Exit(exit_code(verdict))


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, text)
    except OSError as exc:
        sentence = f"--json {str(path)!r} cannot be written ({exc.strerror}): "
        raise _refuse(sentence + "give another file.") from exc


add_practice_commands(application, refuse=_refuse)
add_commands(application, show=_show, refuse=_refuse)
add_batch_commands(application, show=_show, refuse=_refuse)
add_pack_commands(application, show=_show, refuse=_refuse)
add_report_commands(application, refuse=_refuse)
add_doctor_command(application, show=_show)


def main() -> None:
    """The `kata` command."""
    outputs = Outputs()
    try:
        application()
    finally:
        lost = outputs.lost
        if lost:
            _refuse(f"The output cannot be written ({lost}): give another place.")
            raise SystemExit(USAGE_EXIT) from None


if __name__ == "__main__":
    main()
