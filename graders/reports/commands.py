"""`kata report` and `kata schema`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from graders.proctor import Verdict
from graders.reports._errors import ReportError
from graders.reports._feedback import FEEDBACK, reduced
from graders.reports._files import write_atomically
from graders.reports._sources import relocated
from graders.reports.formats import FORMATS, Format, read_verdict, verdict_schema
from graders.reports.output import has_all_characters, say
from graders.reports.styled import refuse


def add_commands(application: typer.Typer) -> None:
    """Add the commands that turn verdicts into reports."""

    @application.command()
    def report(
        verdicts: Annotated[
            list[Path],
            typer.Argument(metavar="VERDICT.json...", help="Stored verdicts."),
        ],
        format_: Annotated[
            str,
            typer.Option("--format", metavar="NAME", help=f"{', '.join(FORMATS)}."),
        ],
        feedback: Annotated[
            str,
            typer.Option(
                metavar="LEVEL", help=f"How much it tells: {', '.join(FEEDBACK)}."
            ),
        ] = "full",
        source: Annotated[
            str,
            typer.Option(
                metavar="FOLDER",
                help="Where the submission lies in its repository, for formats that "
                "point at lines.",
            ),
        ] = "",
        out: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Write here; to the output if left out."),
        ] = None,
    ) -> None:
        """Turn verdicts into a report that another program reads.

        The exit code is 0 when it was written and 2 when it cannot be made, whatever
        the verdicts say.
        """
        try:
            wanted = _format(format_)
            read = [read_verdict(path) for path in verdicts]
            told = [reduced(one, _level(feedback)) for one in read]
            text = _text(wanted, [relocated(one, source) for one in told])
            if out is not None:
                _write(out, text)
        except ReportError as exc:
            raise refuse(str(exc)) from exc
        if out is None:
            say(_printable(wanted, text), end="")

    @application.command()
    def schema() -> None:
        """Print the JSON schema of a verdict."""
        say(verdict_schema(), end="")


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise ReportError(f"--format {name!r} is unknown: give {_or(list(FORMATS))}.")
    return FORMATS[name]


def _level(name: str) -> str:
    if name not in FEEDBACK:
        raise ReportError(f"--feedback {name!r} is unknown: give {_or(FEEDBACK)}.")
    return name


def _text(wanted: Format, verdicts: list[Verdict]) -> str:
    if wanted.together is not None:
        return wanted.together(verdicts)
    if len(verdicts) > 1:
        able = [one.name for one in FORMATS.values() if one.together is not None]
        raise ReportError(
            f"--format {wanted.name} is for one verdict, and there are "
            f"{len(verdicts)}: give one, or --format {_or(able)}."
        )
    return wanted.text(verdicts[0])


def _printable(wanted: Format, text: str) -> str:
    """The text for standard output: markup says that it is UTF-8."""
    if wanted.markup and not has_all_characters(sys.stdout):
        return text.encode("ascii", "xmlcharrefreplace").decode()
    return text


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, text)
    except OSError as exc:
        raise ReportError(
            f"{str(path)!r} cannot be written ({exc.strerror}): give another file."
        ) from exc


def _or(names: list[str] | tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
