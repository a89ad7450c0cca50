"""Mutants that go wrong only between requests: what one keeps, another finds.

No slip of the pen makes these, but a habit: a value that belongs to one request is kept
in the module, everybody waits for one lock.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any

from graders.authoring._mutants import Mutant, put_first

_Function = ast.FunctionDef | ast.AsyncFunctionDef
# A line, and a place in it.
_Point = tuple[int, int]
_VERBS = {"get", "post", "put", "patch", "delete"}
# Where a coroutine lets others go on. Threads do so anywhere.
_PAUSES = ast.Await | ast.AsyncFor | ast.AsyncWith | ast.Yield
# Some of them never do.
_LIMITS = {"asyncio.timeout", "asyncio.timeout_at"}
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_LOOPS = ast.For | ast.AsyncFor | ast.While

_TURN = "import LIBRARY as _library\n_turn = _library.Lock()\n"


def overlaps(source: str) -> list[Mutant]:
    """Every such mutant of a program, in the order of their lines.

    Raises:
        SyntaxError: it is no program.
    """
    tree = ast.parse(source)
    found = []
    for line, change, changed in _all(tree):
        text = ast.unparse(ast.fix_missing_locations(changed)) + "\n"
        try:
            compile(text, "app.py", "exec")
        except SyntaxError:
            # A name that an inner function calls `nonlocal` cannot be global.
            continue
        found.append(Mutant(line, change, text))
    return sorted(found, key=lambda one: one.line)


def _all(tree: ast.Module) -> Iterator[tuple[int, str, ast.Module]]:
    for place, function in enumerate(_functions(tree)):
        for name in _lasting(function):
            changed = copy.deepcopy(tree)
            _keep(_functions(changed)[place], name)
            text = f"keeps `{name}` of `{function.name}` in the module"
            yield function.lineno, text, changed
        if _is_endpoint(function):
            changed = copy.deepcopy(tree)
            _take_turns(changed, _functions(changed)[place])
            yield function.lineno, f"runs `{function.name}` once at a time", changed


def _functions(tree: ast.AST) -> list[_Function]:
    return [node for node in ast.walk(tree) if isinstance(node, _Function)]


# --- a value that is kept -------------------------------------------------------------


def _lasting(function: _Function) -> list[str]:
    """Names of a function's own that are read after it has let others go on."""
    own = _given_at(function)
    # A thread's work goes on beside that of others.
    kind = ast.Call if isinstance(function, ast.FunctionDef) else _PAUSES
    inside = [node for one in function.body for node in ast.walk(one)]
    pauses = [
        node for node in inside if isinstance(node, kind) and not _only_limits(node)
    ]
    loops = [node for node in ast.walk(function) if isinstance(node, _LOOPS)]

    def waits_before(reading: ast.Name) -> bool:
        given, read = own[reading.id], _start(reading)
        for begin, end in ((_start(pause), _end(pause)) for pause in pauses):
            if end <= read:
                if any(one <= begin for one in given) and not any(
                    end <= one <= read for one in given
                ):
                    return True
            elif any(
                _around(loop, begin)
                and _around(loop, read)
                and not any(
                    one <= read or one >= end for one in given if _around(loop, one)
                )
                for loop in loops
            ):
                return True
        return False

    read = {
        node.id
        for node in inside
        if isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Load)
        and node.id in own
        and waits_before(node)
    }
    return sorted(read)


def _only_limits(node: ast.AST) -> bool:
    """Whether it is an `async with` that never waits by itself: a time limit."""
    return isinstance(node, ast.AsyncWith) and all(
        isinstance(one.context_expr, ast.Call)
        and ast.unparse(one.context_expr.func) in _LIMITS
        for one in node.items
    )


def _given_at(function: _Function) -> dict[str, list[_Point]]:
    """The names of a function's own, and where each is given a value."""
    own: dict[str, list[_Point]] = {
        name: [(0, 0)] for name in _arguments(function) - {"self", "cls"}
    }
    statements: dict[int, _Point] = {}
    for node in _own_nodes(function):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            statements |= dict.fromkeys(map(id, ast.walk(node)), _end(node))
    for node in _own_nodes(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            point = statements.get(id(node), _end(node))
            own.setdefault(node.id, []).append(point)
    for node in ast.walk(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            for name in node.names:
                own.pop(name, None)
    return own


def _arguments(function: _Function) -> set[str]:
    every = function.args
    return {one.arg for one in (*every.posonlyargs, *every.args, *every.kwonlyargs)}


def _own_nodes(function: _Function) -> Iterator[ast.AST]:
    """The nodes of a function, without those of functions inside it."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _Function | ast.Lambda | ast.ClassDef | _Comprehension):
            waiting.extend(ast.iter_child_nodes(node))


def _keep(function: _Function, name: str) -> None:
    """Make a name of a function's own one of the module."""
    kept = f"_kept_{name}"
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id == name:
            node.id = kept
    beginning: list[ast.stmt] = [ast.Global([kept])]
    if name in _arguments(function):
        value = ast.Name(name, ast.Load())
        beginning.append(ast.Assign([ast.Name(kept, ast.Store())], value))
    function.body[:0] = beginning


def _start(node: Any) -> _Point:
    return node.lineno, node.col_offset


def _end(node: Any) -> _Point:
    # These wait when they begin, too.
    if isinstance(node, ast.AsyncWith):
        node = node.items[-1].context_expr
    elif isinstance(node, ast.AsyncFor):
        node = node.iter
    return node.end_lineno, node.end_col_offset


def _around(loop: Any, point: _Point) -> bool:
    return _start(loop) <= point <= (loop.end_lineno, loop.end_col_offset)


# --- one at a time --------------------------------------------------------------------


def _is_endpoint(function: _Function) -> bool:
    return any(
        isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr in _VERBS
        for one in function.decorator_list
    )


def _take_turns(tree: ast.Module, function: _Function) -> None:
    is_async = isinstance(function, ast.AsyncFunctionDef)
    block = ast.AsyncWith if is_async else ast.With
    turn = ast.withitem(ast.Name("_turn", ast.Load()))
    function.body = [block([turn], function.body)]
    put_first(tree, _TURN.replace("LIBRARY", "asyncio" if is_async else "threading"))
