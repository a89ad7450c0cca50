"""A copy of a submission with known mistakes in it, as a laboratory spikes a sample.

Who silences the instruments silences them for these mistakes as well. They stand on the
submission's own lines, in its own functions, and they are made by its own requests: in
the host nothing tells an observation of them from one of its own mistakes. That one has
been made is seen from outside, by a file in the scratch folder.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import SystemRandom

from msgspec.structs import replace

from graders.proctor.submission.submission import Submission
from graders.wire import Module

# What makes the mistakes is named as a learner might name something.
_VERBS = ("check", "collect", "fetch", "load", "make", "prepare", "read", "update")
_NOUNS = ("cache", "data", "item", "page", "rows", "state", "total", "value")
# Mistakes of one host; a host that tells of many more stops telling.
_MOST = 30
# A session and a pool of threads for so many of them: each is kept.
_MOST_KEPT = 2
# What can stand behind `await name(3); ` on its line.
_SIMPLE = (
    ast.AnnAssign,
    ast.Assert,
    ast.Assign,
    ast.AugAssign,
    ast.Break,
    ast.Continue,
    ast.Delete,
    ast.Expr,
    ast.Pass,
    ast.Raise,
    ast.Return,
)
_ROUTES = frozenset(
    {"api_route", "delete", "get", "head", "options", "patch", "post", "put", "route"}
    | {"exception_handler", "middleware", "websocket"}
)
_SEPARATE = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef

_HELPER = """\
import asyncio, builtins, concurrent.futures, os, sys, threading, time

kept, made = [], set()
url = os.environ.get("DATABASE_URL")
engine = None


async def use_a_session():
    global engine
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
    engine = engine or create_async_engine(url)
    kept.append(session := AsyncSession(engine))
    await session.execute(text("SELECT 1"))


async def {name}(number):
    on_the_loop = threading.current_thread() is threading.main_thread()
    if number in made or len(made) >= {most} or not on_the_loop:
        return
    made.add(number)
    order = len(made)
    if url and order <= {most_kept}:
        await use_a_session()
    asyncio.sleep(0)
    if order <= {most_kept}:
        kept.append(pool := concurrent.futures.ThreadPoolExecutor(1))
        pool.submit(int)
    time.sleep(0.001)
    with open(f"{name}-{{number}}-{{order}}", "w"):
        pass


builtins.{name} = {name}
"""


@dataclass(frozen=True)
class Spike:
    """Mistakes that have been made on one line.

    Attributes:
        line: the learner's.
        serving: whether they are made by requests, and by nothing else.
    """

    line: int
    serving: bool


@dataclass(frozen=True)
class Spiked:
    """A spiked submission.

    Attributes:
        submission: with the same lines.
        helper: the module that makes the mistakes, to be loaded before it.
        spikes: by their numbers.
        name: what the files begin with that tell which of them have been made.
    """

    submission: Submission
    helper: Module
    spikes: dict[int, Spike]
    name: str

    def made(self, files: Iterable[str]) -> dict[int, bool]:
        """Which mistakes have been made, and whether they were of every kind.

        Args:
            files: names of those in the scratch folder.
        """
        found = (
            re.fullmatch(rf"{self.name}-(\d{{1,6}})-(\d{{1,2}})", one) for one in files
        )
        numbers = ((int(one[1]), int(one[2])) for one in found if one is not None)
        return {
            number: order <= _MOST_KEPT
            for number, order in numbers
            if number in self.spikes
        }


def spiked(submission: Submission) -> Spiked | None:
    """Spike a submission; None where it has no asynchronous function to spike."""
    # As Python counts lines.
    source = submission.source.replace("\r\n", "\n").replace("\r", "\n")
    try:
        found = list(_places(ast.parse(source), serving=False))
    except (SyntaxError, ValueError, RecursionError):
        return None
    if not found:
        return None
    random = SystemRandom()
    name = _unused_name(source, random)
    lines = [line.encode() for line in source.split("\n")]
    spikes: dict[int, Spike] = {}
    # From behind: what is put into a line moves what stands after it.
    found.sort(key=lambda one: (one[0].lineno, one[0].col_offset), reverse=True)
    for statement, serving in found:
        number = random.randrange(1_000_000)
        row, column = statement.lineno - 1, statement.col_offset
        call = f"await {name}({number}); ".encode()
        lines[row] = lines[row][:column] + call + lines[row][column:]
        spikes[number] = Spike(statement.lineno, serving)
    text = b"\n".join(lines).decode()
    try:
        compile(text, submission.label, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None
    helper = _HELPER.format(name=name, most=_MOST, most_kept=_MOST_KEPT)
    module = Module(name, f"{name}.py", f"{name}.py", helper, given=True, hidden=True)
    return Spiked(replace(submission, source=text), module, spikes, name)


def _unused_name(source: str, random: SystemRandom) -> str:
    while True:
        name = (
            f"{random.choice(_VERBS)}_{random.choice(_NOUNS)}_{random.randrange(100)}"
        )
        if name not in source:
            return name


def _places(tree: ast.AST, *, serving: bool) -> Iterator[tuple[ast.stmt, bool]]:
    """Simple statements of asynchronous functions, and whether requests run them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef):
            of_requests = any(map(_is_route, node.decorator_list))
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            for statement in body:
                for one in _own(statement):
                    yield one, of_requests


def _own(node: ast.AST) -> Iterator[ast.stmt]:
    """Simple statements in a statement, without those of functions within."""
    if isinstance(node, _SIMPLE):
        yield node
    elif not isinstance(node, _SEPARATE):
        for child in ast.iter_child_nodes(node):
            yield from _own(child)


def _is_route(decorator: ast.expr) -> bool:
    match decorator:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _ROUTES
    return False
