"""Lines of a report as Rich prints them."""

from __future__ import annotations

from collections.abc import Iterable

import typer
from rich.console import Console
from rich.text import Text

from graders.reports._exits import USAGE_EXIT
from graders.reports._lines import Line, Role, escape

_STYLES: dict[Role, str] = {
    "": "",
    "good": "green",
    "bad": "red",
    "dim": "dim",
    "strong": "bold",
}


def styled(line: Line) -> Text:
    """A line in colours; it is never wrapped, and brackets in it are no markup."""
    text = Text(no_wrap=True, overflow="ignore")
    for content, role in line:
        text.append(content, _STYLES[role])
    return text


def show(console: Console, lines: Iterable[Line]) -> None:
    """Print lines on a console."""
    for line in lines:
        console.print(styled(line), highlight=False, crop=False)


def refuse(sentence: str, code: int = USAGE_EXIT) -> typer.Exit:
    """Say on standard error why a command cannot be used.

    Args:
        sentence: names the value and the remedy.
        code: of the exit.

    Returns:
        What is to be raised.
    """
    Console(stderr=True, soft_wrap=True).print(
        Text("ERROR: ", "red").append(escape(sentence), "default"), highlight=False
    )
    return typer.Exit(code)
