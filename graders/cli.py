"""The `kata` command: grades a submission without pytest, and much more."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from graders import __version__
from graders.reports import USAGE_EXIT
from graders.reports.output import Outputs, say
from graders.reports.styled import refuse

# Where each command is added, in the order in which they are shown: imported once it is
# wanted, because each has libraries of its own, and whoever types waits for them.
_PLACES = {
    "run": "graders.run",
    "list": "graders.practice",
    "watch": "graders.practice",
    "hint": "graders.practice",
    "reset": "graders.practice",
    "show": "graders.practice",
    "verify": "graders.authoring",
    "new": "graders.authoring",
    "grade": "graders.batch",
    "autograde": "graders.packs",
    "result": "graders.packs",
    "report": "graders.reports.commands",
    "schema": "graders.reports.commands",
    "doctor": "graders.doctor",
    "pack": "graders.packs",
}


@cache
def _added_by(place: str) -> TyperGroup:
    """The commands that a package adds."""
    group = typer.Typer(add_completion=False)
    # Without it, a command that is alone would be the whole group.
    group.callback()(lambda: None)
    importlib.import_module(place).add_commands(group)
    return typer.main.get_group(group)


class _Commands(TyperGroup):
    """All commands, of which only the one that is wanted is imported."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*_PLACES]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        place = _PLACES.get(cmd_name)
        return _added_by(place).get_command(ctx, cmd_name) if place else None


application = typer.Typer(
    cls=_Commands,
    help="Learn, practise and grade async FastAPI.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


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


def main() -> None:
    """The `kata` command."""
    outputs = Outputs()
    try:
        application()
    finally:
        lost = outputs.lost
        if lost:
            refuse(f"The output cannot be written ({lost}): give another place.")
            raise SystemExit(USAGE_EXIT) from None


if __name__ == "__main__":
    main()
