"""What a submission's text reaches for, beyond what any kata needs.

A submission shares its process with the instruments, so one that means to can silence
what only the inside can see. Nothing in that process can be trusted to tell; its text
can, as it is read out here. Ways that lead nowhere but to objects that nobody has given
it are refused before a line of it runs. Names that have honest uses besides are noted
for a person, and decide on no points. Who hides a name well is not found.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache

from graders.proctor._findings import Finding
from graders.proctor._submission import Submission
from graders.wire import Site

# What becomes of a submission that reaches so far.
REFUSE, NOTE = "refuse", "note"
REACHES = (REFUSE, NOTE)

_FORBIDDEN_MODULES = frozenset({"_ctypes", "ctypes", "graders"})
_FORBIDDEN_NAMES = frozenset(
    {"__closure__", "__globals__", "_current_frames", "_getframe", "addaudithook"}
    | {"ag_frame", "cr_frame", "f_back", "f_builtins", "f_globals", "gi_frame"}
    | {"setprofile", "settrace", "tb_frame"}
)
# Of the module gc alone: an object store may well have its own `get_objects`.
_FORBIDDEN_OF_GC = frozenset({"get_objects", "get_referents", "get_referrers"})
_NOTED_MODULES = frozenset(
    {"_thread", "ast", "builtins", "dis", "gc", "inspect", "linecache"}
)
_NOTED_NAMES = frozenset(
    {"__builtins__", "__code__", "__import__", "__subclasses__", "currentframe"}
    | {"eval", "exec", "f_locals"}
)
# Packages of ours; a host of the network may begin with the first word as well.
_OURS = ("graders.host", "graders.proctor", "graders.suites", "graders.wire")
_LOOK = "which no kata needs: have a look at it."
# Of so many names; more of them say no more.
_MOST = 5


def forbidden(submission: Submission) -> Finding | None:
    """Why a submission is not run: its text reaches for the grader's objects."""
    found = [one for one in _read(submission.source) if one[2]]
    if not found:
        return None
    name, line, _ = found[0]
    label = submission.label
    return Finding(
        "code that works with what the kata gives it",
        f"{label}:{line} uses {name}, which leads to objects of the grader's",
        "Find another way: no kata needs this one, and where it is taken, what is seen "
        "of a program cannot be believed.",
        Site(label, line),
        submission.line(line),
    )


def reach_notes(source: str, label: str) -> list[str]:
    """A sentence for a person, where there is something to look at.

    Args:
        source: the submission's text.
        label: the name of its file, as feedback shows it.
    """
    found: dict[str, int] = {}
    for name, line, _ in _read(source):
        found.setdefault(name, line)
    if not found:
        return []
    first = [f"{name} (line {line})" for name, line in found.items()][:_MOST]
    return [f"{label} uses {', '.join(first)}, {_LOOK}"]


def calls_for_a_look(notes: Iterable[str]) -> bool:
    """Whether one of a verdict's notes is of this kind."""
    return any(note.endswith(_LOOK) for note in notes)


@lru_cache(maxsize=8)
def _read(source: str) -> tuple[tuple[str, int, bool], ...]:
    """Each name with its line and whether it is forbidden, in the order of the text."""
    try:
        return tuple(sorted(_found(ast.parse(source)), key=_place))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # It cannot be imported either, and that is told.
        return ()


def _place(found: tuple[str, int, bool]) -> tuple[int, str]:
    name, line, _ = found
    return line, name


def _found(tree: ast.AST) -> Iterator[tuple[str, int, bool]]:
    nodes = list(ast.walk(tree))
    of_gc = {
        one.asname or one.name
        for node in nodes
        if isinstance(node, ast.Import)
        for one in node.names
        if one.name == "gc"
    }
    for node in nodes:
        modules: list[str] = []
        names: list[str] = []
        match node:
            case ast.Import(names=imported):
                modules = [one.name.partition(".")[0] for one in imported]
            case ast.ImportFrom(module=str(module), names=imported):
                modules = [module.partition(".")[0]]
                names = [one.name for one in imported]
                for name in _FORBIDDEN_OF_GC.intersection(names):
                    if module == "gc":
                        yield f"gc.{name}", node.lineno, True
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if (
                owner in of_gc and name in _FORBIDDEN_OF_GC
            ):
                yield f"gc.{name}", node.lineno, True
            case ast.Name(id=name):
                names = [name]
            case ast.Attribute(attr=name):
                names = [name]
                if name == "modules":
                    yield "sys.modules", node.lineno, False
            case ast.Constant(value=str(text)):
                # As in getattr(frame, "f_back"), or sys.modules["graders.wire"].
                names = [text]
                modules = ["graders"] if text.startswith(_OURS) else []
            case _:
                continue
        for name in (
            *_FORBIDDEN_MODULES.intersection(modules),
            *_FORBIDDEN_NAMES.intersection(names),
        ):
            yield name, node.lineno, True
        for name in (
            *_NOTED_MODULES.intersection(modules),
            *_NOTED_NAMES.intersection(names),
        ):
            yield name, node.lineno, False
