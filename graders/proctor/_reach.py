"""Notes what a submission's text reaches for, beyond what any kata needs.

A submission shares its process with the instruments, so one that means to can silence
what only the inside can see. Nothing in that process can be trusted to tell; its text
can, as it is read out here. It is a note for a person and decides on no points: the
names have honest uses, and who hides them well is not found.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

# Ways to objects that nobody has given one.
_MODULES = frozenset(
    {"_ctypes", "_thread", "ast", "builtins", "ctypes", "dis", "gc", "graders"}
    | {"inspect", "linecache"}
)
_NAMES = frozenset(
    {"__builtins__", "__closure__", "__code__", "__globals__", "__import__"}
    | {"__subclasses__", "_current_frames", "_getframe", "addaudithook", "ag_frame"}
    | {"cr_frame", "currentframe", "eval", "exec", "f_back", "f_builtins"}
    | {"f_globals", "f_locals", "get_objects", "get_referents", "get_referrers"}
    | {"gi_frame", "setprofile", "settrace", "tb_frame"}
)
_LOOK = "which no kata needs: have a look at it."
# Of so many names; more of them say no more.
_MOST = 5


def reach_notes(source: str, label: str) -> list[str]:
    """A sentence for a person, where there is something to look at.

    Args:
        source: the submission's text.
        label: the name of its file, as feedback shows it.
    """
    try:
        found: dict[str, int] = {}
        for name, line in sorted(_found(ast.parse(source)), key=_by_line):
            found.setdefault(name, line)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # It cannot be imported either, and that is told.
        return []
    if not found:
        return []
    first = [f"{name} (line {line})" for name, line in found.items()][:_MOST]
    return [f"{label} uses {', '.join(first)}, {_LOOK}"]


def calls_for_a_look(notes: Iterable[str]) -> bool:
    """Whether one of a verdict's notes is of this kind."""
    return any(note.endswith(_LOOK) for note in notes)


def _found(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        modules: list[str] = []
        names: list[str] = []
        match node:
            case ast.Import(names=imported):
                modules = [one.name.partition(".")[0] for one in imported]
            case ast.ImportFrom(module=str(module), names=imported):
                modules = [module.partition(".")[0]]
                names = [one.name for one in imported]
            case ast.Name(id=name):
                names = [name]
            case ast.Attribute(attr=name):
                names = [name]
                if name == "modules":
                    yield "sys.modules", node.lineno
            case ast.Constant(value=str(text)):
                # As in getattr(frame, "f_back"), or sys.modules["graders.wire"].
                names = [text]
                modules = ["graders"] if text.startswith("graders.") else []
            case _:
                continue
        for name in (*_MODULES.intersection(modules), *_NAMES.intersection(names)):
            yield name, node.lineno


def _by_line(found: tuple[str, int]) -> tuple[int, str]:
    name, line = found
    return line, name
