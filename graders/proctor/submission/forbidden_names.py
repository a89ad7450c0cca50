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
from typing import NamedTuple

from graders.proctor.submission.code import code_of
from graders.proctor.submission.submission import Submission
from graders.proctor.verdict.findings import Finding
from graders.wire import Site

# What becomes of a submission that reaches so far.
REFUSE, NOTE = "refuse", "note"
REACHES = (REFUSE, NOTE)

# Name -> whether it is refused, and not only noted.
_MODULES = dict.fromkeys(("_ctypes", "ctypes", "graders"), True) | dict.fromkeys(
    ("_thread", "ast", "builtins", "dis", "gc", "inspect", "linecache"), False
)
_NAMES = dict.fromkeys(
    {"__closure__", "__globals__", "__self__", "_current_frames", "_getframe"}
    | {"addaudithook", "_selector"}
    | {"ag_frame", "cr_frame", "f_back", "f_builtins", "f_globals", "gi_frame"}
    | {"setprofile", "settrace", "tb_frame"}
    # Of the module alone: an object store may well have its own `get_objects`.
    | {"gc.get_objects", "gc.get_referents", "gc.get_referrers"},
    True,
) | dict.fromkeys(
    {"__builtins__", "__code__", "__import__", "__subclasses__", "currentframe"}
    | {"eval", "exec", "f_locals"},
    False,
)
# How attributes of ours are named that the loop of a submission has.
OWN = "_exam_"
# Packages of ours; a host of the network may begin with the first word as well.
_OURS = ("graders.host", "graders.proctor", "graders.suites", "graders.wire")
_LOOK = "which no kata needs: have a look at it."
# Of so many names; more of them say no more.
_MOST = 5


class _Reached(NamedTuple):
    line: int
    name: str
    refused: bool


def forbidden(submission: Submission) -> Finding | None:
    """Why a submission is not run: its text reaches for the grader's objects."""
    label = submission.label
    for line, name, refused in _reached(submission.source, label):
        if refused:
            return Finding(
                "code that works with what the kata gives it",
                f"{label}:{line} uses {name}, which leads to objects of the grader's",
                "Find another way: no kata needs this one, and where it is taken, what "
                "is seen of a program cannot be believed.",
                Site(label, line),
                submission.line(line),
            )
    return None


def reach_notes(source: str, label: str) -> list[str]:
    """A sentence for a person, where there is something to look at.

    Args:
        source: the submission's text.
        label: the name of its file, as feedback shows it.
    """
    found: dict[str, int] = {}
    for line, name, _ in _reached(source, label):
        found.setdefault(name, line)
    if not found:
        return []
    first = [f"{name} (line {line})" for name, line in found.items()][:_MOST]
    return [f"{label} uses {', '.join(first)}, {_LOOK}"]


def calls_for_a_look(notes: Iterable[str]) -> bool:
    """Whether one of a verdict's notes is of this kind."""
    return any(note.endswith(_LOOK) for note in notes)


def _reached(source: str, label: str) -> list[_Reached]:
    """Every name, in the order of the text; a text that is no Python has none."""
    nodes = code_of(source, label).nodes
    imported = [
        one for node in nodes if isinstance(node, ast.Import) for one in node.names
    ]
    of_gc = {one.asname or one.name for one in imported if one.name == "gc"}
    return sorted(
        _Reached(getattr(node, "lineno", 0), name, refused)
        for node in nodes
        for name, refused in _named(node, of_gc)
    )


def _named(node: ast.AST, of_gc: set[str]) -> Iterator[tuple[str, bool]]:
    match node:
        case ast.Import(names=imported):
            yield from _known(_MODULES, (one.name.split(".")[0] for one in imported))
        case ast.ImportFrom(module=str(module), names=imported):
            yield from _known(_MODULES, [module.split(".")[0]])
            yield from _known(_NAMES, (one.name for one in imported))
            yield from _known(_NAMES, (f"{module}.{one.name}" for one in imported))
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in of_gc:
            yield from _known(_NAMES, [name, f"gc.{name}"])
        case ast.Attribute(attr="modules"):
            yield "sys.modules", False
        case ast.Attribute(attr=name) | ast.Name(id=name):
            yield from _known(_NAMES, [name])
            if name.startswith(OWN):
                yield name, True
        case ast.Constant(value=str(text)):
            # As in getattr(frame, "f_back"), or sys.modules["graders.wire"].
            yield from _known(_NAMES, [text])
            if text.isidentifier() and text.startswith(OWN):
                yield text, True
            if text.startswith("graders."):
                yield "graders", text.startswith(_OURS)


def _known(table: dict[str, bool], names: Iterable[str]) -> Iterator[tuple[str, bool]]:
    return ((name, table[name]) for name in names if name in table)
