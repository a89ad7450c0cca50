"""Reads a learner's text as Python does, which may be anything, without a word.

Python warns of what it reads, on the standard error of whoever asks it to. Here that
would be the grader's own, and where warnings are errors a right text would be none.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

# What is no Python, or nested too deeply to be read.
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
# What Python warns of is set for all threads.
_TURN = Lock()


@contextmanager
def without_warnings() -> Iterator[None]:
    """Within the `with` block Python warns of nothing."""
    with _TURN, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def parsed(source: str) -> ast.Module | None:
    """The tree of a text; None where Python cannot read it."""
    try:
        with without_warnings():
            return ast.parse(source)
    except UNREADABLE:
        return None


def compiles(source: str, label: str) -> bool:
    """Whether Python can run a text.

    Args:
        label: what its file is called.
    """
    try:
        with without_warnings():
            compile(source, label, "exec", dont_inherit=True)
    except UNREADABLE:
        return False
    return True
