"""`kata run`: grades a submission without pytest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from graders.practice import Notebook, tell_notes
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
    WIDEST,
    RecordedGrading,
    exit_code,
    grader_error_lines,
    no_commands,
    printed_lines,
    reduced,
    verdict_lines,
    write_atomically,
)
from graders.reports.formats import FORMATS
from graders.reports.styled import refuse, show
from graders.settings import (
    CLOCKS,
    LAUNCHERS,
    SettingError,
    cores,
    read_choice,
    read_seed,
)


def add_commands(application: typer.Typer) -> None:
    """Add `kata run`."""

    def write(path: Path, text: str) -> None:
        try:
            write_atomically(path, text)
        except OSError as exc:
            sentence = f"--json {str(path)!r} cannot be written ({exc.strerror}): "
            raise refuse(sentence + "give another file.") from exc

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
            str,
            typer.Option(metavar="N", help="Draw data and delays from this number."),
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
                help="auto: the walls that this machine offers; full: all or no "
                "grading; none.",
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

        The exit code is 0 when it passed, 1 when it failed, 2 when the command cannot
        be used and 3 when the grader itself failed.
        """
        console = Console()
        try:
            options = Options(
                read_seed(seed),
                read_choice("--clock", clock, CLOCKS) == "real",
                sandbox=read_choice("--sandbox", sandbox, SANDBOXES),
                width=cores(),
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
            raise refuse(str(exc)) from exc
        except LauncherFailed as exc:
            show(console, grader_error_lines(str(exc)))
            raise typer.Exit(GRADER_EXIT) from exc
        width = min(console.width, WIDEST)
        with no_commands():
            for result in verdict.results if level == "full" else ():
                # What a submission prints may be the data that it is graded with.
                printed = grading.printed(result.name)
                show(console, printed_lines(result.title, printed, width))
            show(console, verdict_lines(reduced(verdict, level), width))
        if json is not None:
            write(json, FORMATS["json"].text(verdict))
        if submission is None and verdict.status != GRADER_ERROR:
            notebook = Notebook()
            notebook.graded(verdict)
            tell_notes(notebook)
        raise typer.Exit(exit_code(verdict))
