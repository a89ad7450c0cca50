"""What learners' tests say, as far as it is the learner's own.

A test's name and an error's text may be made of anything that the test has read of the
copy that it ran on. So of names those are shown that stand in the file. Of an error's
text what stands in no text that the learner has is cut down to what an honest error
says: a few words, a few short numbers.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from msgspec.structs import replace

from graders.wire import Evidence, Pending, RanTests, Site

_ELSEWHERE = "…"
# Parts of a function's name that Python makes.
_OF_PYTHON = ("<locals>", "<lambda>", "<module>", "<genexpr>", "<listcomp>")
_NAMELESS = "a test without a name in the file"
_WORD = re.compile(r"\w+")
_SPACES = re.compile(r"\s+")
_STRANGE_SIGN = re.compile(r"[^\x00-\x7f\w]")
# Longer than words are; what has a digit in it is no word from here on.
_LONG, _LONG_WITH_DIGIT = 24, 5
# Signs, and letters of words that stand in no text of the learner's, that are shown of
# one text; each piece that does stand there costs something as well.
_BUDGET, _PIECE = 200, 2
_MOST_READ = 1_000
# More cases than anybody counts.
_MOST_CASES = 999


class OwnWords:
    """Args:
    nodes: all of the tree of the file with the tests.
    source: its text.
    more: other texts that the learner has.
    """

    def __init__(self, nodes: Iterable[ast.AST], source: str, *more: str) -> None:
        self._lines = source.count("\n") + 1
        self._functions: set[str] = set()
        self._classes: set[str] = set()
        self._ids: set[str] = set()
        for node in nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._functions.add(node.name)
            elif isinstance(node, ast.ClassDef):
                self._classes.add(node.name)
            elif isinstance(node, ast.Constant):
                self._ids.add(str(node.value))
            elif isinstance(node, ast.Tuple | ast.List):
                self._ids.add("-".join(map(_id_of, node.elts)))
        words = _WORD.findall(" ".join([source, *more]))
        self._known = f" {' '.join(words)} "

    def of_run(self, ran: RanTests) -> RanTests:
        """What came of the tests."""
        outcomes = [
            replace(
                one,
                name=self.name(one.name, one.case),
                text=self.text(one.text),
                site=self.site(one.site),
            )
            for one in ran.outcomes
        ]
        trouble, site = self.text(ran.trouble), self.site(ran.site)
        return replace(ran, outcomes=outcomes, trouble=trouble, site=site)

    def of_pending(self, pending: Iterable[Pending]) -> list[Pending]:
        """What waits for ever: a test, or a task that waits for something."""
        return [
            replace(
                one,
                task=self.text(one.task)
                if one.waits_for
                else self.name(one.task, one.case),
                waits_for=self.text(one.waits_for),
                site=self.site(one.site),
            )
            for one in pending
        ]

    def of_evidence(self, seen: Evidence) -> Evidence:
        """What the host has seen: tasks and threads have names."""
        return replace(seen, detail=self.text(seen.detail), site=self.site(seen.site))

    def site(self, site: Site | None) -> Site | None:
        """A line of the file, and the function if that has its name from there."""
        if site is None:
            return None
        names = {*self._functions, *self._classes, *_OF_PYTHON}
        function = site.function if names.issuperset(site.function.split(".")) else ""
        return Site(site.file, min(site.line, self._lines), function)

    def name(self, name: str, case: int = 0) -> str:
        """The name of a test; a case whose id is computed has its number instead.

        Args:
            name: as pytest has it: `test_it[first-2]`.
            case: which case of the test it is, from 1 on.
        """
        function, bracket, rest = name.partition("[")
        if function not in self._functions:
            function = _NAMELESS
        if not bracket:
            return function
        inner = rest.removesuffix("]")
        if inner not in self._ids:
            known = 0 < case <= _MOST_CASES
            inner = f"case {case}" if known else _ELSEWHERE
        return f"{function}[{inner}]"

    def text(self, text: str) -> str:
        """The text of an error, without what looks like data.

        What follows once there is too much of it is left out.
        """
        text = _STRANGE_SIGN.sub(_ELSEWHERE, _SPACES.sub(" ", text[:_MOST_READ]))
        words = [*_WORD.finditer(text)]
        made: list[str] = []
        at, end, budget = 0, 0, _BUDGET
        while at < len(words):
            count = self._together([word[0] for word in words[at:]])
            last = at + max(count, 1)
            signs = text[end : words[at].start()]
            piece = text[words[at].start() : words[last - 1].end()]
            budget -= _PIECE + len(signs) + (0 if count else len(piece))
            if budget < 0:
                return "".join([*made, " ", _ELSEWHERE])
            made += signs, piece if count or _is_word(piece) else _ELSEWHERE
            at, end = last, words[last - 1].end()
        return "".join(made) + text[end:][:budget]

    def _together(self, words: list[str]) -> int:
        """How many of the words, from the first one on, stand together in a text."""
        count = 0
        while count < len(words) and f" {' '.join(words[: count + 1])} " in self._known:
            count += 1
        return count


def _is_word(text: str) -> bool:
    """Whether it may be a word or a number of an honest error."""
    longest = _LONG_WITH_DIGIT if re.search(r"\d", text) else _LONG
    return text.isascii() and len(text) <= longest


def _id_of(node: ast.expr) -> str:
    """What pytest makes of a parameter; of one that it numbers, nothing that it has."""
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Lambda():
            return "<lambda>"
    return ""
