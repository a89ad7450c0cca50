"""`kata list`, `watch`, `hint`, `reset` and `show`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.syntax import Syntax

from graders.practice._listing import hint_lines, list_lines, next_kata
from graders.practice._progress import Notebook
from graders.practice._stubs import StubError, reset
from graders.practice._watch import is_terminal, watch
from graders.proctor import Kata, KataError, all_katas, find_kata
from graders.reports import WIDEST
from graders.reports.output import say
from graders.reports.styled import refuse, show

_Slug = Annotated[str, typer.Argument(help="The kata, as 'kata list' names it.")]


def add_commands(application: typer.Typer) -> None:
    """Add the commands of who learns."""

    def found(slug: str) -> Kata:
        try:
            return find_kata(slug)
        except KataError as exc:
            raise refuse(str(exc)) from exc

    def every() -> list[Kata]:
        try:
            return all_katas()
        except KataError as exc:
            raise refuse(str(exc)) from exc

    @application.command("list")
    def list_katas() -> None:
        """List the katas in the order in which they are meant to be done.

        A tick stands before those that had full marks, a dot before those begun.
        """
        katas, notebook, console = every(), Notebook(), Console()
        lines = list_lines(katas, notebook.read(), min(console.width, WIDEST))
        show(console, lines)
        tell_notes(notebook)

    @application.command("watch")
    def watch_kata(
        slug: Annotated[
            str | None,
            typer.Argument(help="The kata; the first one not done when left out."),
        ] = None,
    ) -> None:
        """Grade a kata whenever you save it; single keys do the rest."""
        console = Console()
        katas, notebook = every(), Notebook()
        if slug is not None:
            kata = found(slug)
        elif katas:
            kata = next_kata(katas, notebook.read())
        else:
            raise refuse("There are no katas here.")
        if not is_terminal(console):
            raise refuse(
                "kata watch needs a terminal, for its screen and its keys. "
                f"'kata run {kata.slug}' grades anywhere."
            )
        try:
            watch(katas, kata, notebook, console)
        finally:
            tell_notes(notebook)

    @application.command()
    def hint(
        slug: _Slug,
        again: Annotated[
            bool, typer.Option("--again", help="Only those that you have seen.")
        ] = False,
        all_: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    ) -> None:
        """Show one hint more than before: first they ask, the last one tells most."""
        kata, notebook, console = found(slug), Notebook(), Console()
        there = len(kata.manifest.hints)
        shown = notebook.read().of(slug).hints
        if not there:
            raise refuse(f"{slug} has no hints; its README.md says all there is.")
        if not again:
            shown = there if all_ else min(shown + 1, there)
            notebook.hinted(slug, shown)
        show(console, hint_lines(kata, shown, min(console.width, WIDEST)))
        if not shown:
            say(f"You have seen none yet: 'kata hint {slug}' shows the first.")
        elif shown < there:
            say(f"\n'kata hint {slug}' once more shows the next one.")
        tell_notes(notebook)

    @application.command("reset")
    def reset_kata(slug: _Slug) -> None:
        """Put a kata's stub back; what you wrote is kept beside it."""
        try:
            say(reset(found(slug)))
        except StubError as exc:
            raise refuse(str(exc)) from exc

    @application.command("show")
    def show_solution(
        slug: _Slug,
        anyway: Annotated[
            bool, typer.Option("--anyway", help="Also before you have full marks.")
        ] = False,
    ) -> None:
        """Show a reference solution, once you have full marks."""
        kata, notebook, console = found(slug), Notebook(), Console()
        record = notebook.read().of(slug)
        if not (record.passed or anyway):
            raise refuse(
                f"You do not have full marks for {slug} yet, and a solution is best "
                f"seen after your own. 'kata hint {slug}' helps on; "
                f"'kata show {slug} --anyway' shows it now."
            )
        try:
            text = (kata.reference / "solution.py").read_text(encoding="utf-8")
        except OSError as exc:
            raise refuse(
                f"The reference solution of {slug} is not installed here. Its brief, "
                "README.md, says all that is graded."
            ) from exc
        if console.is_terminal:
            console.print(
                Syntax(
                    text,
                    "python",
                    theme="ansi_dark",
                    background_color="default",
                    word_wrap=True,
                )
            )
        else:
            say(text, end="")
        tell_notes(notebook)


def tell_notes(notebook: Notebook) -> None:
    """Say what went wrong with a learner's progress, beside what was asked for."""
    for note in notebook.notes:
        say(note, error=True)
