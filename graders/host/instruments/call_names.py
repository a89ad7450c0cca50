"""Names for what held up the loop, as the learner wrote or imported it."""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
from types import CodeType, FrameType
from typing import Any

from graders.host.instruments.recorder import Sites
from graders.wire import Site

# What our own wrappers are wrappers of, by the name under which they park or by theirs.
_OWN = {
    "sleep": "time.sleep",
    "acquire": "threading.Lock.acquire",
    "Lock.acquire": "threading.Lock.acquire",
    "Lock.__enter__": "threading.Lock.acquire",
    "RLock.acquire": "threading.RLock.acquire",
    "RLock.__enter__": "threading.RLock.acquire",
    "join": "threading.Thread.join",
    "wait": "threading.Condition.wait",
    "spin": "a loop that watches the clock",
    "sqlite3": "sqlite3.Connection.execute",
}
_STANDARD_NAMES = {"queue._PySimpleQueue": "queue.SimpleQueue"}
_LONGEST = 60


def is_own(frame: FrameType) -> bool:
    """Whether a frame is one of the instruments'."""
    return str(frame.f_globals.get("__name__", "")).startswith("graders.")


def whereabouts(
    sites: Sites, frame: FrameType | None, what: str = ""
) -> tuple[Site | None, str]:
    """Where the learner's code is, and the name of what it called there.

    Args:
        sites: knows the learner's files.
        frame: the innermost frame.
        what: a name for when the call is of C code or of a wrapper of ours; without
            one, the learner's own words are taken.
    """
    callee: FrameType | None = None
    while frame is not None:
        site = sites.standing(frame)
        if site is not None:
            if callee is not None and not is_own(callee):
                return site, public_name(callee)
            return site, _own_name(callee, what) or what or written(frame)
        if not (is_own(frame) and callee is not None and not is_own(callee)):
            callee = frame
        frame = frame.f_back
    return None, _own_name(callee, what) or what


def _own_name(callee: FrameType | None, what: str) -> str:
    if callee is not None and is_own(callee):
        named = _OWN.get(callee.f_code.co_qualname)
        if named is not None:
            return named
    return _OWN.get(what, "")


def public_name(frame: FrameType) -> str:
    """The shortest dotted name under which a frame's function can be reached."""
    module = str(frame.f_globals.get("__name__", ""))
    # A function inside a function is known by the outer one.
    qualname = frame.f_code.co_qualname.partition(".<locals>")[0]
    packages = module.split(".")
    for length in range(1, len(packages)):
        package = ".".join(packages[:length])
        if _reaches(package, qualname, frame.f_code):
            return f"{package}.{qualname}"
    for home in (packages[0], module) if len(packages) > 1 else ():
        if name := _inherited(home, frame.f_code):
            return name
    name = f"{module}.{qualname}"
    for private, public in _STANDARD_NAMES.items():
        name = name.replace(private, public)
    return name


def _inherited(package: str, code: CodeType) -> str:
    """The first class of a package that has the function from a private base class."""
    for name, found in list(getattr(sys.modules.get(package), "__dict__", {}).items()):
        if isinstance(found, type) and not name.startswith("_"):
            for base in found.__mro__:
                own = getattr(base.__dict__.get(code.co_name), "__code__", None)
                if own is code:
                    return f"{package}.{name}.{code.co_name}"
    return ""


def _reaches(package: str, qualname: str, code: CodeType) -> bool:
    found: Any = sys.modules.get(package)
    for part in qualname.split("."):
        # Not `getattr`: a lazy module would import.
        found = getattr(found, "__dict__", {}).get(part)
        found = getattr(found, "__func__", found)
    try:
        reached = getattr(inspect.unwrap(found), "__code__", None)
        return reached is not None and reached.co_filename == code.co_filename
    except ValueError:
        return False


def written(frame: FrameType) -> str:
    """The learner's own words for the call that a frame is in: `libc.usleep`."""
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    first, last, begin, end = positions
    if first is None or last is None or begin is None or end is None:
        return ""
    filename = frame.f_code.co_filename
    lines = [
        linecache.getline(filename, number).encode()
        for number in range(first, last + 1)
    ]
    if not lines:
        return ""
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][begin:]
    try:
        tree = ast.parse(b" ".join(lines).decode().strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return ""
    if isinstance(tree, ast.Await):
        tree = tree.value
    if isinstance(tree, ast.Call):
        tree = tree.func
    return ast.unparse(tree)[:_LONGEST]
