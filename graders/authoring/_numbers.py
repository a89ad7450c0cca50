"""Finds numbers that a suite expects and that its brief does not state."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# Said in words: at once, one, once.
_PLAIN = {0.0, 1.0}

SILENCER = re.compile(r"#\s*not stated:\s*(.*)")

_EXPECTS = re.compile(r"_?expect_\w+")
_MEASURED = ("status", "took", "peak", "peak_connections", "open_now")
_DIRECTS = ("takes", "statements_take")

_ONES = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen
    fourteen fifteen sixteen seventeen eighteen nineteen twenty
"""
_TENS = """
    ten twenty thirty forty fifty sixty seventy eighty ninety hundred
"""
_WORDS = {word: float(number) for number, word in enumerate(_ONES.split())} | {
    word: 10.0 * number for number, word in enumerate(_TENS.split(), 1)
}
_UNITS = {"m": 0.001, "millisecond": 0.001, "minute": 60.0, "min": 60.0}
_NUMBER = re.compile(
    r"(?<![\w.])(\d[\d,_]*(?:\.\d+)?)(?:\s*(ms|milliseconds?|minutes?|min)\b)?"
)


@dataclass(frozen=True)
class Unstated:
    """A number that the suite expects.

    Attributes:
        part: the name of the module that expects it.
        line: where in there.
        text: the expectation, as far as a line has room.
        reason: why it need not be stated; None where the suite says nothing of it.
    """

    number: float
    part: str
    line: int
    text: str
    reason: str | None


def unstated(suite: Mapping[str, str], brief: str) -> Iterator[Unstated]:
    """Numbers in the expectations of a suite which its brief does not state.

    Looked at are the arguments of everything that is called `expect_…`, and what a
    status, a duration or a peak is compared with. What a service is told to take
    (`takes(0.5)`) is the exam's own choice: it may be expected again, and the sum of
    two of them as well.

    Args:
        suite: the texts of its modules, by their names.
        brief: its text.

    Raises:
        SyntaxError: a module is no Python.
    """
    said = stated(brief)
    scopes = [
        (part, scope) for part, text in suite.items() for scope in ast.parse(text).body
    ]
    # One module imports the constants of another.
    outer = _constants([scope for _, scope in scopes])
    worlds = {
        number
        for _, scope in scopes
        if isinstance(scope, ast.FunctionDef) and scope.name == "world"
        for number in _directed(scope)
    }
    seen: set[tuple[float, str, int]] = set()
    for part, scope in scopes:
        values = outer | _constants(ast.walk(scope))
        chosen = worlds | _directed(scope)
        for node, arguments in _expectations(scope):
            for number in _resolved(arguments, values):
                known = number in _PLAIN or number in chosen or _says(said, number)
                if known or (number, part, node.lineno) in seen:
                    continue
                seen.add((number, part, node.lineno))
                source = suite[part]
                reason = _reason(source.splitlines(), node)
                if not reason:
                    found = ast.get_source_segment(source, node) or ""
                    text = " ".join(found.split())
                    yield Unstated(number, part, node.lineno, text, reason)


def stated(brief: str) -> set[float | str]:
    """The numbers in a brief; classes of statuses as "2xx"."""
    text = re.sub(r"\]\([^)]*\)|https?://\S+", "]", brief)
    found: set[float | str] = set()
    for digits, unit in _NUMBER.findall(text):
        number = float(digits.rstrip(",_").replace(",", "").replace("_", ""))
        found |= {number, number * _UNITS.get(unit.rstrip("s"), 1.0)}
    words = re.findall(r"[a-z]+|[1-5]xx", text.lower())
    found |= {_WORDS[word] for word in words if word in _WORDS}
    found |= {word for word in words if word.endswith("xx")}
    return found


def _says(said: set[float | str], number: float) -> bool:
    return number in said or (100 <= number < 600 and f"{number // 100:g}xx" in said)


def _expectations(scope: ast.AST) -> Iterator[tuple[ast.expr, list[ast.expr]]]:
    """Each expectation and the parts of it that may be numbers."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and _EXPECTS.fullmatch(_called(node)):
            yield node, [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.Compare) and any(
            isinstance(side, ast.Attribute) and side.attr in _MEASURED
            for side in (node.left, *node.comparators)
        ):
            exact = (ast.Eq, ast.In, ast.Lt, ast.LtE)
            if len(node.ops) == 1 and isinstance(node.ops[0], exact):
                yield node, [node.left, *node.comparators]


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _directed(scope: ast.AST) -> set[float]:
    """What services are told to take within one check, and two of them in turn."""
    used: set[str] = set()
    found: set[float] = set()
    for node in ast.walk(scope):
        if (isinstance(node, ast.Call) and _called(node) in _DIRECTS) or (
            isinstance(node, ast.keyword) and node.arg in _DIRECTS
        ):
            found |= _numbers_in(node)
            parts = ast.walk(node)
            used |= {part.id for part in parts if isinstance(part, ast.Name)}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id in used
            for target in node.targets
        ):
            found |= _numbers_in(node.value)
    # Sums of floats, as the clock's own.
    return found | {round(one + other, 6) for one in found for other in found}


def _numbers_in(node: ast.AST) -> set[float]:
    return {
        float(part.value)
        for part in ast.walk(node)
        if isinstance(part, ast.Constant)
        and isinstance(part.value, int | float)
        and not isinstance(part.value, bool)
    }


def _resolved(nodes: list[ast.expr], values: dict[str, list[float]]) -> Iterator[float]:
    for node in nodes:
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(
                number, bool
            ):
                yield float(number)
            case ast.Name(id=name):
                yield from values.get(name, [])
            case ast.IfExp(body=body, orelse=orelse):
                yield from _resolved([body, orelse], values)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                yield from _resolved(parts, values)


def _constants(nodes: Iterator[ast.AST] | list[ast.stmt]) -> dict[str, list[float]]:
    """Names that stand for numbers written down: assigned, or looped over."""
    found: dict[str, list[float]] = {}

    def bind(target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            found.setdefault(target.id, []).extend(_resolved([value], {}))
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, other in zip(target.elts, value.elts, strict=False):
                bind(one, other)

    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                bind(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            bind(node.target, node.value)
        elif isinstance(node, ast.For | ast.comprehension) and isinstance(
            node.iter, ast.Tuple | ast.List | ast.Set
        ):
            for part in node.iter.elts:
                bind(node.target, part)
    return found


def _reason(lines: list[str], node: ast.expr) -> str | None:
    """What the suite says beside an expectation, if it is silenced there."""
    for line in lines[node.lineno - 1 : node.end_lineno]:
        found = SILENCER.search(line)
        if found:
            return found[1].strip()
    return None
