"""Tells syntax that is newer than this Python from syntax that is wrong.

Who writes for a newer Python has made no mistake. A construct counts as newer only
where the text, written in the old way instead, gets past that line.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

from graders.proctor.submission.parsing import UNREADABLE, without_warnings

Version = tuple[int, int]
GRADED_WITH: Version = sys.version_info[:2]

_GENERIC = re.compile(r"(?:\b(?:def|class)|^[ \t]*type)[ \t]+\w+[ \t]*(?=\[)", re.M)
_DEFAULT = re.compile(r"(?<![=!<>:])=(?!=)")
_FORMATTED = re.compile(r"(?<!\w)(?:[rR]?[fF]|[fF][rR])('''|\"\"\"|'|\")")
_STRING = re.compile(r"('''|\"\"\"|'|\")")
_MOST_ROUNDS = 8


@dataclass(frozen=True)
class Newer:
    """A construct of a newer Python.

    Attributes:
        version: the first that reads it.
        what: it, as a reader knows it.
        instead: what this Python reads.
    """

    version: Version
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.what} needs Python {_shown(self.version)}; {graded_with()}"


@dataclass(frozen=True)
class _Rule:
    newer: Newer
    # Gets the text from the line on; gives the same text written in the old way.
    older: Callable[[str], str]


def graded_with() -> str:
    """Which Python grades, in a few words."""
    return f"this is graded with {_shown(GRADED_WITH)}"


def newer_syntax(
    source: str, line: int, running: Version = GRADED_WITH
) -> Newer | None:
    """What a line has that only a newer Python reads; None where nothing is known.

    Args:
        source: the text, which cannot be parsed.
        line: where Python stopped reading, from 1.
        running: the release that reads it.
    """
    lines = source.split("\n")
    before, text = "\n".join(lines[: line - 1]), "\n".join(lines[line - 1 :])
    found: list[Newer] = []
    for _ in range(_MOST_ROUNDS):
        for rule in _RULES:
            if rule.newer.version > running and (older := rule.older(text)) != text:
                found.append(rule.newer)
                text = older
                break
        else:
            return None
        stopped = _stops(f"{before}\n{text}" if line > 1 else text)
        if stopped is None or stopped > line:
            return max(found, key=lambda newer: newer.version)
    return None


def _stops(source: str) -> int | None:
    """The line at which Python stops reading; None where it reads all of it."""
    try:
        with without_warnings():
            ast.parse(source)
    except SyntaxError as exc:
        return exc.lineno or 1
    except UNREADABLE:
        return 1
    return None


def _shown(version: Version) -> str:
    return ".".join(map(str, version))


def _on_the_first_line(pattern: str, by: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def older(text: str) -> str:
        first, newline, rest = text.partition("\n")
        return compiled.sub(by, first) + newline + rest

    return older


def _without_parameters(text: str, *, default: bool) -> str:
    """`def f[T](x)` without its brackets: those with a default, or those without."""
    found = _GENERIC.search(text, 0, _first_line(text))
    end = _closing(text, found.end()) if found is not None else 0
    if found is None or not end:
        return text
    inside = text[found.end() : end]
    if bool(_DEFAULT.search(inside)) is not default:
        return text
    blank = re.sub(r"[^\n]", " ", inside)
    # A bracket's own lines are one line; those of blanks would not be.
    return text[: found.end()] + blank.replace("\n", "\\\n") + text[end:]


def _without_formatted_strings(text: str) -> str:
    """With an empty string for the first formatted one that is not read here."""
    for found in _FORMATTED.finditer(text, 0, _first_line(text)):
        end = _end_of_string(text, found.end(), found[1])
        if end and _stops(f"_ = {text[found.start() : end]}\n") is not None:
            return f"{text[: found.start()]}''{text[end:]}"
    return text


def _first_line(text: str) -> int:
    return len(text.partition("\n")[0])


def _closing(text: str, start: int) -> int:
    """Where the bracket that opens at `start` has been closed; 0 where it never is."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if not depth:
            return at + 1
    return 0


def _end_of_string(text: str, start: int, quote: str) -> int:
    """Where a formatted string ends whose content begins at `start`; 0 if nowhere."""
    at = start
    while at < len(text):
        if text.startswith(quote, at):
            return at + len(quote)
        if text.startswith(("{{", "}}", "\\"), at):
            at += 2
        elif text[at] == "{":
            at = _end_of_field(text, at + 1)
            if not at:
                return 0
        elif text[at] == "\n" and len(quote) == 1:
            return 0
        else:
            at += 1
    return 0


def _end_of_field(text: str, start: int) -> int:
    """Where a field ends whose expression begins at `start`; 0 if nowhere."""
    depth, at, is_format = 0, start, False
    while at < len(text):
        char = text[at]
        nested = _FORMATTED.match(text, at)
        plain = None if is_format else _STRING.match(text, at)
        if char == "}" and not depth:
            return at + 1
        if is_format and char == "{":
            at = _end_of_field(text, at + 1)
        elif nested is not None and not is_format:
            at = _end_of_string(text, nested.end(), nested[1])
        elif plain is not None:
            close = text.find(plain[1], plain.end())
            at = close + len(plain[1]) if close >= 0 else 0
        elif char == "#" and not is_format:
            at = text.find("\n", at) + 1
        else:
            depth += (char in "([{") - (char in ")]}")
            is_format = is_format or (char == ":" and not depth)
            at += 1
        if not at:
            return 0
    return 0


_RULES = [
    _Rule(
        Newer(
            (3, 12),
            "`type X = ...`",
            "Write `X = ...`, or `X: TypeAlias = ...`.",
        ),
        _on_the_first_line(r"^([ \t]*)type[ \t]+(?=\w+[ \t]*=)", r"\1"),
    ),
    _Rule(
        Newer(
            (3, 13),
            "a default for a type parameter",
            "Use `TypeVar` of typing_extensions, or leave the default out.",
        ),
        lambda text: _without_parameters(text, default=True),
    ),
    _Rule(
        Newer(
            (3, 12),
            "a list of type parameters",
            "Use `TypeVar` and `Generic` of typing.",
        ),
        lambda text: _without_parameters(text, default=False),
    ),
    _Rule(
        Newer((3, 14), "a template string", "Write an f-string, or `str.format`."),
        _on_the_first_line(r"(?<!\w)([rR]?)[tT]([rR]?)(?=['\"])", r"\1f\2"),
    ),
    _Rule(
        Newer(
            (3, 14),
            "`except A, B:` without parentheses",
            "Write `except (A, B):`.",
        ),
        _on_the_first_line(
            r"\b(except\*?[ \t]+)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)(?=[ \t]*:)",
            r"\1(\2)",
        ),
    ),
    _Rule(
        Newer(
            (3, 12),
            "an f-string with its own quotes, a backslash, a comment or a line's end "
            "inside its braces",
            "Use other quotes inside, or give the value a name first.",
        ),
        _without_formatted_strings,
    ),
    _Rule(
        Newer((3, 15), "`lazy import`", "Leave `lazy` out."),
        _on_the_first_line(r"^([ \t]*)lazy[ \t]+(?=(?:import|from)\b)", r"\1"),
    ),
    _Rule(
        Newer(
            (3, 15),
            "unpacking in a comprehension",
            "Write a second `for`, or itertools.chain.from_iterable.",
        ),
        _on_the_first_line(r"([\[({]\s*)\*{1,2}(?=[\w(].*\bfor\b)", r"\1"),
    ),
]
