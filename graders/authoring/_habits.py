"""Mutants that call a service as a habit has it: once more, together, under a lock.

What helps in one program is wrong in another: to remember an answer, to try again, to
join a call that is under way. A suite whose services always answer, are asked one after
the other and are never given up does not see the difference.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from graders.authoring._mutants import Mutant, put_first

# Each stands before the service; its name says what becomes of a call.
_HABITS = {
    "remembers what `{}` has answered": """
_answers = {}
async def _habit(call, *arguments, **named):
    key = repr((arguments, named))
    if key not in _answers:
        _answers[key] = await call(*arguments, **named)
    return _answers[key]
""",
    "remembers how `{}` has failed": """
_errors = {}
async def _habit(call, *arguments, **named):
    key = repr((arguments, named))
    if key in _errors:
        raise _errors[key]
    try:
        return await call(*arguments, **named)
    except Exception as error:
        _errors[key] = error
        raise
""",
    "calls `{}` again when it fails": """
async def _habit(call, *arguments, **named):
    try:
        return await call(*arguments, **named)
    except Exception:
        return await call(*arguments, **named)
""",
    "takes an empty answer of `{}` for an error": """
async def _habit(call, *arguments, **named):
    answer = await call(*arguments, **named)
    if answer is not None and not answer:
        raise RuntimeError("no answer")
    return answer
""",
    "calls `{}` once at a time": """
import asyncio as _library
_turn = _library.Lock()
async def _habit(call, *arguments, **named):
    async with _turn:
        return await call(*arguments, **named)
""",
}
# Of coroutines alone: a thread cannot be cancelled, nor is it easily joined.
_ASYNC_HABITS = {
    "joins a call of `{}` that is under way": """
import asyncio as _asyncio
_calls = {}
async def _habit(call, *arguments, **named):
    key = repr((arguments, named))
    if key not in _calls:
        task = _calls[key] = _asyncio.ensure_future(call(*arguments, **named))
        task.add_done_callback(lambda _: _calls.pop(key))
    return await _asyncio.shield(_calls[key])
""",
    "lets `{}` go on when it is cancelled": """
import asyncio as _asyncio
async def _habit(call, *arguments, **named):
    return await _asyncio.shield(call(*arguments, **named))
""",
    "waits for `{}` and forgets that it was cancelled": """
import asyncio as _asyncio
async def _habit(call, *arguments, **named):
    task = _asyncio.ensure_future(call(*arguments, **named))
    while not task.done():
        try:
            await _asyncio.wait([task])
        except _asyncio.CancelledError:
            pass
    return task.result()
""",
    "calls `{}` again when it is cancelled": """
import asyncio as _asyncio
async def _habit(call, *arguments, **named):
    try:
        return await call(*arguments, **named)
    except _asyncio.CancelledError:
        await call(*arguments, **named)
        raise
""",
}
_PUT_BEFORE = "from functools import partial as _partial\n{0} = _partial(_habit, {0})\n"


def habits(source: str, services: dict[str, str]) -> list[Mutant]:
    """Every such mutant of a program.

    Args:
        services: "async" or "blocking", by the names of what the exam answers.

    Raises:
        SyntaxError: it is no program.
    """
    return [
        Mutant(0, change, text)
        for name, kind in services.items()
        for change, text in _of_service(source, name, kind)
    ]


def _of_service(source: str, name: str, kind: str) -> Iterator[tuple[str, str]]:
    if not _is_imported(ast.parse(source), name):
        return
    blocking = kind == "blocking"
    for change, habit in (_HABITS if blocking else _HABITS | _ASYNC_HABITS).items():
        tree = ast.parse(source)
        text = _in_threads(habit) if blocking else habit
        put_first(tree, text + _PUT_BEFORE.format(name))
        yield change.format(name), ast.unparse(tree) + "\n"


def _in_threads(habit: str) -> str:
    """A habit of coroutines as one of plain functions."""
    text = habit.replace("asyncio", "threading")
    return text.replace("async ", "").replace("await ", "")


def _is_imported(tree: ast.Module, name: str) -> bool:
    return any(
        (alias.asname or alias.name) == name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )
