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
from typing import NamedTuple

from msgspec.structs import replace

from graders.proctor.submission.parsing import compiles, parsed
from graders.proctor.submission.submission import Submission
from graders.wire import Module

# What makes the mistakes is named as a learner might name something.
_VERBS = ("check", "collect", "fetch", "load", "make", "prepare", "read", "update")
_NOUNS = ("cache", "data", "item", "page", "rows", "state", "total", "value")
# Mistakes of one host; a host that tells of many more stops telling.
_MOST = 30
# A session and a pool of threads for so many of them: each is kept.
_FEW = 2
# Kinds of mistakes, as the files name them.
BLOCKING, COROUTINE, EXECUTOR, SESSION = "bces"
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
import builtins, os
# Now: a submission may put others in their place, which is its own business.
from asyncio import sleep
from builtins import open
from concurrent.futures import ThreadPoolExecutor
from threading import current_thread, main_thread
from time import sleep as block

kept, made = [], set()
folder = os.getcwd()
url = os.environ.get("DATABASE_URL", "")


def on_the_loop():
    return current_thread() is main_thread()


def begin(number):
    if number in made or len(made) >= {most}:
        return None
    made.add(number)
    return len(made)


def end(number, kinds, order):
    if on_the_loop():
        sleep(0)
        kinds += "{coroutine}"
    if order <= {few}:
        kept.append(pool := ThreadPoolExecutor(1))
        pool.submit(int)
        kinds += "{executor}"
    with open(f"{{folder}}/{name}-{{number}}-{{kinds}}", "w"):
        pass


def {name}(number):
    order = begin(number)
    if order is None:
        return
    kinds = ""
    if url and order <= {few} and not on_the_loop():
        from sqlalchemy import create_engine, text
        from sqlalchemy.orm import Session
        engine = create_engine(url.replace("+aiosqlite", ""))
        kept.append(session := Session(engine))
        session.execute(text("SELECT 1"))
        kinds += "{session}"
    end(number, kinds, order)


async def {name}_now(number):
    order = begin(number) if on_the_loop() else None
    if order is None:
        return
    kinds = ""
    if url and order <= {few}:
        from sqlalchemy import text
        from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
        kept.append(session := AsyncSession(create_async_engine(url)))
        await session.execute(text("SELECT 1"))
        kinds += "{session}"
    block(0.001)
    kinds += "{blocking}"
    end(number, kinds, order)


builtins.{name} = {name}
builtins.{name}_now = {name}_now
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

    def made(self, files: Iterable[str]) -> dict[int, str]:
        """The numbers of the mistakes that have been made, and of which kinds.

        Args:
            files: names of those in the scratch folder.
        """
        pattern = re.compile(rf"{self.name}-(\d{{1,6}})-(\w*)")
        found = (pattern.fullmatch(one) for one in files)
        numbers = {int(one[1]): one[2] for one in found if one is not None}
        return {number: numbers[number] for number in numbers.keys() & self.spikes}


def spiked(submission: Submission) -> Spiked | None:
    """Spike a submission; None where it has no function to spike."""
    # As Python counts lines.
    source = submission.source.replace("\r\n", "\n").replace("\r", "\n")
    tree = parsed(source)
    found = list(_places(tree)) if tree is not None else []
    if not found:
        return None
    random = SystemRandom()
    name = _unused_name(source, random)
    lines = [line.encode() for line in source.split("\n")]
    spikes: dict[int, Spike] = {}
    # From behind: what is put into a line moves what stands after it.
    found.sort(
        key=lambda one: (one.statement.lineno, one.statement.col_offset), reverse=True
    )
    for statement, is_async, serving in found:
        number = random.randrange(1_000_000)
        row, column = statement.lineno - 1, statement.col_offset
        call = f"await {name}_now({number}); " if is_async else f"{name}({number}); "
        lines[row] = lines[row][:column] + call.encode() + lines[row][column:]
        spikes[number] = Spike(statement.lineno, serving)
    text = b"\n".join(lines).decode()
    if not compiles(text, submission.label):
        return None
    helper = _HELPER.format(
        name=name,
        most=_MOST,
        few=_FEW,
        blocking=BLOCKING,
        coroutine=COROUTINE,
        executor=EXECUTOR,
        session=SESSION,
    )
    module = Module(name, f"{name}.py", f"{name}.py", helper, given=True, hidden=True)
    return Spiked(replace(submission, source=text), module, spikes, name)


def _unused_name(source: str, random: SystemRandom) -> str:
    while True:
        name = (
            f"{random.choice(_VERBS)}_{random.choice(_NOUNS)}_{random.randrange(100)}"
        )
        if name not in source:
            return name


class _Place(NamedTuple):
    """A simple statement of a function.

    `serving`: requests run it, and nothing else does.
    """

    statement: ast.stmt
    is_async: bool
    serving: bool


def _places(tree: ast.AST) -> Iterator[_Place]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            is_async = isinstance(node, ast.AsyncFunctionDef)
            serving = is_async and any(map(_is_route, node.decorator_list))
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            for statement in body:
                for one in _own(statement):
                    yield _Place(one, is_async, serving)


def _own(node: ast.AST) -> Iterator[ast.stmt]:
    """Simple statements in a statement, without those of functions within."""
    # A chain of `elif` is as deep as it is long.
    rest: list[ast.AST] = [node]
    while rest:
        node = rest.pop()
        if isinstance(node, _SIMPLE):
            yield node
        elif not isinstance(node, _SEPARATE):
            rest += ast.iter_child_nodes(node)


def _is_route(decorator: ast.expr) -> bool:
    match decorator:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _ROUTES
    return False
