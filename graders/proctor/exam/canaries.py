"""Made-up observations, which a host reports by the way of its real ones.

A submission shares its process with the instruments and may silence them, and what is
not told cannot be seen from outside. So the proctor asks for a report of things that
never were. Where they do not arrive, a host's silence means nothing.

They are of every kind, on lines of the submission's own, and numbered as real ones are:
who lets them pass has to know what the proctor has asked for. `controls` tries the
instruments themselves.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from random import SystemRandom
from typing import get_args

from graders.proctor.submission.code import code_of
from graders.proctor.submission.submission import Submission
from graders.wire import CallCancelled, Evidence, Site, Trace
from graders.wire.words import EvidenceKind, TraceKind

Echo = Evidence | Trace | CallCancelled

# What the proctor finds out itself, or takes for a fault of a suite.
_NOT_TOLD = {
    "connection left open",
    "connection left out",
    "session left open",
    "unfitting answer",
    "upstream connection left open",
}
_EVIDENCE: tuple[EvidenceKind, ...] = tuple(
    kind for kind in get_args(EvidenceKind) if kind not in _NOT_TOLD
)
_TRACES: tuple[TraceKind, ...] = get_args(TraceKind)
# Of one kind: together with those of other exams they stand on most lines.
_OF_A_KIND = 2
_NAME = re.compile(r"[a-z_]{4,}")
# What a host names in its own words.
_DETAILS: dict[EvidenceKind, tuple[str, ...]] = {
    "blocked": ("time.sleep", "open", "threading.Lock.acquire"),
    "client left open": ("AsyncClient", "Client"),
    "error never retrieved": ("ValueError", "RuntimeError", "KeyError"),
    "executor left open": ("ThreadPoolExecutor",),
    "file": ("open", "file.read", "file.write", "os.stat"),
    "file left open": ("a file",),
    "released and never taken": ("Lock", "Semaphore"),
    "session overlap": ("execute", "commit"),
    "unhandled": ("ValueError", "RuntimeError"),
    "unraisable": ("ValueError", "RuntimeError"),
}


def made_up(submission: Submission, now: int, runs: int, calls: int) -> set[Echo]:
    """Some of each kind of message that takes points away, never the same twice.

    Args:
        now: the time in nanoseconds.
        runs: how many requests there were.
        calls: how many calls.
    """
    random = SystemRandom()
    lines = _lines(submission.source, submission.label)
    names = _NAME.findall(submission.source) or ["work"]
    echoes: set[Echo] = {CallCancelled(1 + random.randrange(calls + 3))}
    for kind in _EVIDENCE * _OF_A_KIND:
        detail = random.choice(_DETAILS.get(kind) or names)
        run = random.choice((None, 1 + random.randrange(runs + 1)))
        echoes.add(Evidence(kind, detail, now, random.choice(lines), run))
    for what in _TRACES * _OF_A_KIND:
        key = 1 + random.randrange(2 * runs + 9)
        echoes.add(Trace(what, key, now, random.choice(lines), None))
    return echoes


@lru_cache(maxsize=8)
def _lines(source: str, label: str) -> tuple[Site, ...]:
    """Where statements stand, with the name of the function around each."""
    names: dict[int, str] = {}
    # The outer ones come first, so what lies in an inner one is named for that.
    for node in code_of(source, label).nodes:
        if isinstance(node, ast.stmt):
            names.setdefault(node.lineno, "<module>")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.stmt) and inner is not node:
                    names[inner.lineno] = node.name
    return tuple(Site(label, line, name) for line, name in names.items()) or (
        Site(label, 1, "<module>"),
    )
