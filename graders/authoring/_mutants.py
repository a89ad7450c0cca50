"""Mutants: a program with one small change, as a slip of the pen makes it.

Where a mutant of a solution has full marks, either it is as right as the solution or
the suite overlooks something.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

# Beside a solution: which of its mutants are as right as it is, and why.
EQUALS = "mutants.toml"
# Characters of code that are shown.
_SHOWN = 60

_NEXT: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
# To leave one of these out says nothing: the name is missing, and all fails.
_NEVER_LEFT_OUT = (ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal)

Change = tuple[str, list[Any]]


@dataclass(frozen=True)
class Mutant:
    """A program with one change.

    Attributes:
        line: where it is, in the text that was changed.
        change: what it is, in a few words.
        source: the whole program.
    """

    line: int
    change: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a program, each text once, in the order of their lines.

    Raises:
        SyntaxError: it is no program.
    """
    tree = ast.parse(source)
    known = {ast.unparse(tree)}
    found = []
    for place in list(_places(tree)):
        node = place.node
        for change, others in _changes(node):
            place.put(others)
            text = ast.unparse(ast.fix_missing_locations(tree))
            place.put_back()
            if text not in known:
                known.add(text)
                found.append(Mutant(node.lineno, change, text + "\n"))
    return sorted(found, key=lambda one: one.line)


def put_first(tree: ast.Module, text: str) -> None:
    """Put statements behind the imports, with which a module begins."""
    last = max(
        place
        for place, node in enumerate(tree.body)
        if isinstance(node, ast.Import | ast.ImportFrom)
    )
    tree.body[last + 1 : last + 1] = ast.parse(text).body


class _Place:
    """Where a node stands in its tree; another one can be put there for a while."""

    def __init__(self, parent: ast.AST, field: str, node: Any) -> None:
        self._parent, self._field = parent, field
        self._before = getattr(parent, field)
        self.node = node

    def put(self, others: list[Any]) -> None:
        if isinstance(self._before, list):
            at = next(i for i, one in enumerate(self._before) if one is self.node)
            put: Any = [*self._before[:at], *others, *self._before[at + 1 :]]
        else:
            (put,) = others
        setattr(self._parent, self._field, put)

    def put_back(self) -> None:
        setattr(self._parent, self._field, self._before)


def _places(tree: ast.AST) -> Iterator[_Place]:
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            for node in value if isinstance(value, list) else [value]:
                if isinstance(node, ast.stmt | ast.expr):
                    yield _Place(parent, field, node)


def _changes(node: ast.AST) -> Iterator[Change]:
    for change in _ALL:
        yield from change(node)


# --- the changes: what to write in the place of a node --------------------------------


def _leave_out(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.stmt) or isinstance(node, _NEVER_LEFT_OUT):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    yield f"leaves out `{_shown(node)}`", [ast.Pass()]


def _do_not_await(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Await):
        yield f"does not await `{_shown(node.value)}`", [node.value]


def _leave_out_a_keyword(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Call):
        return
    for one in node.keywords:
        if one.arg is not None:
            rest = [other for other in node.keywords if other is not one]
            changed = _with(node, keywords=rest)
            text = f"leaves out `{one.arg}=` in `{_shown(node)}`"
            yield text, [changed]


def _unwrap(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.With | ast.AsyncWith):
        made = [
            ast.Assign([item.optional_vars], item.context_expr, lineno=node.lineno)
            for item in node.items
            if item.optional_vars is not None
        ]
        yield f"takes the body out of `{_shown(node)}`", [*made, *node.body]


def _leave_out_finally(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Try | ast.TryStar) and node.finalbody:
        left = [_with(node, finalbody=[])] if node.handlers else node.body
        yield f"leaves out `finally: {_shown(node.finalbody[0])}`", left


def _turn_round(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        text = f"turns `{_shown(node.test)}` round"
        yield text, [_with(node, test=ast.UnaryOp(ast.Not(), node.test))]
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _NEXT:
        other = _with(node, ops=[_NEXT[type(node.ops[0])](), *node.ops[1:]])
        yield f"`{_shown(node)}` is `{_shown(other)}`", [other]


def _take_nothing_for_none(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare(left, [ast.Is()], [ast.Constant(None)]):
            other: ast.expr = ast.UnaryOp(ast.Not(), left)
        case ast.Compare(left, [ast.IsNot()], [ast.Constant(None)]):
            other = left
        case _:
            return
    yield f"`{_shown(node)}` is `{_shown(other)}`", [other]


def _shift(node: ast.AST) -> Iterator[Change]:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        for other in dict.fromkeys((value + 1, value * 2)):
            yield f"`{value}` is `{other}`", [ast.Constant(other)]


def _one_after_the_other(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Await) or not isinstance(node.value, ast.Call):
        return
    call = node.value
    if not ast.unparse(call.func).endswith("gather") or call.keywords:
        return
    text = f"awaits one after the other in `{_shown(call)}`"
    if not any(isinstance(one, ast.Starred) for one in call.args):
        yield text, [ast.List([ast.Await(one) for one in call.args], ast.Load())]
        return
    many = call.args[0].value if isinstance(call.args[0], ast.Starred) else None
    if len(call.args) == 1 and isinstance(many, ast.GeneratorExp | ast.ListComp):
        yield text, [ast.ListComp(ast.Await(many.elt), many.generators)]


_ALL: tuple[Callable[[ast.AST], Iterator[Change]], ...] = (
    _leave_out,
    _do_not_await,
    _leave_out_a_keyword,
    _unwrap,
    _leave_out_finally,
    _turn_round,
    _take_nothing_for_none,
    _shift,
    _one_after_the_other,
)


def _with(node: ast.AST, **fields: Any) -> Any:
    """A copy of a node with some other fields."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _shown(node: ast.AST) -> str:
    """The first line of a node's code, without decorators."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        node = _with(node, decorator_list=[])
    text = ast.unparse(node).strip().split("\n")[0].removesuffix(":")
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
