"""`kata pack`, `kata autograde` and `kata result`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from graders.packs._archive import Files, PackError, write_pack
from graders.packs._autograding import autograde
from graders.packs._ci import github_files, gitlab_files
from graders.packs._gradescope import gradescope_files
from graders.packs._learner import learners_files
from graders.packs._result import result_page
from graders.packs._settings import Settings
from graders.packs._takehome import (
    candidates_name,
    interviewers_note,
    seed_for,
    takehome_files,
)
from graders.proctor import (
    SANDBOXES,
    Kata,
    KataError,
    Options,
    find_kata,
)
from graders.reports import (
    FEEDBACK,
    WIDTH,
    ReportError,
    exit_code,
    reduced,
    verdict_lines,
    write_atomically,
)
from graders.reports.formats import FORMATS, read_verdict
from graders.reports.output import say
from graders.reports.styled import refuse, show
from graders.settings import SettingError, drawn_seed, read_choice, read_seed

_Slug = Annotated[str, typer.Argument(help="The kata, as 'kata list' names it.")]
_Slugs = Annotated[
    list[str],
    typer.Argument(metavar="SLUG...", help="Katas, as 'kata list' names them."),
]
_Zip = Annotated[Path, typer.Option("--out", metavar="FILE.zip", help="The pack.")]
_ZipOrFolder = Annotated[
    Path, typer.Option("--out", metavar="PATH", help="A folder, or a file FILE.zip.")
]
_Seed = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help="Draw data and delays from this number; one that nobody has practised "
        "with when left out.",
    ),
]
_Feedback = Annotated[
    str,
    typer.Option(metavar="LEVEL", help=f"What learners see: {', '.join(FEEDBACK)}."),
]
_Sandbox = Annotated[
    str, typer.Option(metavar="WALLS", help=f"{', '.join(SANDBOXES)}.")
]


def add_commands(application: typer.Typer) -> None:
    """Add the commands of who hands katas out, and of what grades them elsewhere."""
    pack = typer.Typer(
        help="Pack katas for learners, candidates, Gradescope and CI.",
        no_args_is_help=True,
    )
    application.add_typer(pack, name="pack")

    def write(out: Path, make: Callable[[], Files]) -> None:
        try:
            write_pack(make(), out)
        except (KataError, PackError, SettingError) as exc:
            raise refuse(str(exc)) from exc
        say(str(out))

    @pack.command()
    def learner(slugs: _Slugs, out: _Zip) -> None:
        """Brief, stub, given helpers and examples, to work on with pip and pytest."""
        write(_zip(out), lambda: learners_files(_katas(slugs)))

    @pack.command()
    def gradescope(
        slug: _Slug,
        out: _Zip,
        seed: _Seed = None,
        feedback: _Feedback = "full",
        sandbox: _Sandbox = "auto",
    ) -> None:
        """An autograder to upload to Gradescope: it holds this kata's hidden suite."""
        write(
            _zip(out),
            lambda: gradescope_files(
                find_kata(slug), _settings(seed, feedback, sandbox)
            ),
        )

    @pack.command()
    def github(
        slugs: _Slugs,
        out: _ZipOrFolder,
        seed: _Seed = None,
        feedback: _Feedback = "full",
        sandbox: _Sandbox = "full",
    ) -> None:
        """Workflows for GitHub Actions; the graders come from a private place."""
        write(
            out,
            lambda: github_files(_katas(slugs), _settings(seed, feedback, sandbox)),
        )

    @pack.command()
    def gitlab(
        slugs: _Slugs,
        out: _ZipOrFolder,
        seed: _Seed = None,
        feedback: _Feedback = "full",
        sandbox: _Sandbox = "full",
    ) -> None:
        """Jobs for GitLab CI; the graders come from a private place."""
        write(
            out,
            lambda: gitlab_files(_katas(slugs), _settings(seed, feedback, sandbox)),
        )

    @pack.command()
    def takehome(
        slug: _Slug,
        out: _Zip,
        candidate: Annotated[str, typer.Option(metavar="NAME", help="Whom it is for.")],
        seed: Annotated[
            str | None,
            typer.Option(
                metavar="N", help="Instead of the one that is drawn from the name."
            ),
        ] = None,
    ) -> None:
        """A candidate's zip; beside it a note for the interviewer, with the seed."""
        _zip(out)
        note = out.with_suffix(".interviewer.md")
        try:
            kata = find_kata(slug)
            name = candidates_name(candidate)
            drawn = seed_for(name, kata) if seed is None else read_seed(seed)
            write_pack(takehome_files(kata), out)
            _write(note, interviewers_note(kata, name, drawn))
        except (KataError, PackError, SettingError) as exc:
            raise refuse(str(exc)) from exc
        say(f"{out}\n{note}")

    @application.command("autograde")
    def autograde_(
        slug: _Slug,
        place: Annotated[
            Path,
            typer.Argument(
                metavar="PATH", help="The file that was handed in, or its folder."
            ),
        ],
        out: Annotated[
            Path, typer.Option(metavar="FILE.json", help="Where the verdict goes.")
        ],
        seed: _Seed = None,
        feedback: _Feedback = "full",
        sandbox: _Sandbox = "auto",
    ) -> None:
        """Grade where nobody looks on: there is a verdict in the end, whatever happens.

        What cannot be read is a verdict too, and so is a grader that fails. The exit
        code is that of 'kata run'. The packs for Gradescope and CI use this.
        """
        console = Console()
        try:
            settings = _settings(seed, feedback, sandbox)
            kata = find_kata(slug)
            options = Options(seed=settings.seed, sandbox=settings.sandbox)
            verdict = autograde(kata, place, options)
            _write(out, FORMATS["json"].text(verdict))
        except (KataError, PackError, SettingError) as exc:
            raise refuse(str(exc)) from exc
        width = min(console.width, WIDTH)
        show(console, verdict_lines(reduced(verdict, settings.feedback), width))
        raise typer.Exit(exit_code(verdict))

    @application.command()
    def result(
        verdict: Annotated[
            Path, typer.Argument(metavar="VERDICT.json", help="A stored verdict.")
        ],
        out: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Write it there.")
        ] = None,
        candidate: Annotated[
            str, typer.Option(metavar="NAME", help="Whose submission it is.")
        ] = "",
    ) -> None:
        """One page for the interviewer: scores, what failed, what to talk about."""
        try:
            name = candidates_name(candidate) if candidate else ""
            read = read_verdict(verdict)
            page = result_page(read, _known(read.kata), name)
            if out is None:
                say(page, end="")
            else:
                _write(out, page)
        except (PackError, ReportError) as exc:
            raise refuse(str(exc)) from exc


def _katas(slugs: list[str]) -> list[Kata]:
    return [find_kata(slug) for slug in dict.fromkeys(slugs)]


def _known(slug: str) -> Kata | None:
    try:
        return find_kata(slug)
    except KataError:
        return None


def _settings(seed: str | None, feedback: str, sandbox: str) -> Settings:
    return Settings(
        drawn_seed() if seed is None else read_seed(seed),
        read_choice("--feedback", feedback, FEEDBACK),
        read_choice("--sandbox", sandbox, SANDBOXES),
    )


def _zip(out: Path) -> Path:
    if out.suffix != ".zip":
        raise refuse(f"--out {str(out)!r} is not a zip: give a name that ends in .zip.")
    return out


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, text)
    except OSError as exc:
        raise PackError(
            f"{str(path)!r} cannot be written ({exc.strerror}): give a place that you "
            "may write to."
        ) from exc
