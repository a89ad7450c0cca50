"""What a host is given to load: the submission, what it imports, its surroundings."""

from __future__ import annotations

import ast
import random
import secrets
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from graders.proctor.exam.varied_copies import varied
from graders.proctor.exam.woven_copies import woven
from graders.proctor.katas.kata import Kata
from graders.proctor.submission.code import code_of
from graders.proctor.submission.submission import Submission
from graders.wire import Given, Load, LoadFailed, Module
from graders.wire.words import NANO

# A module that imports nothing else finds the same wherever it is loaded.
_QUIET_MODULES = frozenset(
    {
        "__future__",
        "asyncio",
        "collections",
        "collections.abc",
        "dataclasses",
        "datetime",
        "enum",
        "fastapi",
        "functools",
        "hashlib",
        "http.server",
        "itertools",
        "json",
        "math",
        "pydantic",
        "time",
        "typing",
    }
)

# 2025-03-14 08:00:00 UTC: what the submission's clock shows when its exam begins.
_EPOCH = 1_741_939_200 * NANO


class NotLoaded(Exception):
    """The submission cannot be imported."""

    def __init__(self, failed: LoadFailed) -> None:
        super().__init__(failed.text)
        self.failed = failed


def what_to_load(
    kata: Kata,
    submission: Submission,
    *,
    folder: Path,
    database: str,
    copy: str = "",
    helper: Module | None = None,
) -> Load:
    """The message that lets a host import a submission.

    Args:
        folder: the submission's scratch folder, in which it runs.
        database: the URL of its database, for a kata that has one.
        copy: where the learner writes tests, the copy of the service that they run on.
        helper: a module to be loaded before the submission.
    """
    home = str(folder)
    environment = {"TZ": "UTC", "HOME": home, "TMPDIR": home}
    if kata.manifest.database:
        environment["DATABASE_URL"] = database
    modules = [_module_of(submission)]
    return Load(
        _given(kata, copy),
        modules if helper is None else [helper, *modules],
        environment,
        home,
        kata.turns_the_tables,
        code_of(submission.source, submission.label).statements,
    )


def given_to_all(kata: Kata) -> Given | None:
    """What every host of a kata is given alike; None where each loads its own.

    Where learners write tests, each host runs another copy of the service. And a module
    that makes files, or reads the environment, must do so where the host works.
    """
    if kata.turns_the_tables:
        return None
    given = _given(kata)
    alike = all(_keeps_to_itself(module.source) for module in given.modules)
    return given if alike else None


@cache
def _keeps_to_itself(source: str) -> bool:
    """Whether it does not matter where and when a module is loaded."""
    try:
        nodes = [*ast.walk(ast.parse(source))]
    except SyntaxError:
        return False
    imported = {
        alias.name
        for node in nodes
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    return imported <= _QUIET_MODULES and called.isdisjoint({"open", "__import__"})


def _module_of(submission: Submission) -> Module:
    name = submission.label.removesuffix(".py")
    return Module(name, str(submission.path), submission.label, submission.source)


def _given(kata: Kata, copy: str = "") -> Given:
    modules = [*_given_modules(kata, copy)]
    return Given(modules, kata.manifest.services, _EPOCH)


def _given_modules(kata: Kata, copy: str) -> Iterator[Module]:
    """The modules of the kata's own that a submission may import."""
    if kata.given.exists():
        text = kata.given.read_text(encoding="utf-8")
        yield Module("given", str(kata.given), "given.py", text, given=True)
    if kata.turns_the_tables:
        # Not of the seed: what is seen of a copy must be worth nothing afterwards.
        draw = random.Random(secrets.randbits(128))
        service = varied(woven(kata.services(), copy, draw), draw)
        path = str(kata.folder / "app.py")
        # Given, as `given.py` is: no line of it is the learner's.
        yield Module("app", path, "app.py", service, given=True, hidden=True)
