"""What is told of an exception: its name and text, the line, and what came before it.

An error that is raised while something is closed or rolled back because of another one
hides that one, which is the cause.
"""

from __future__ import annotations

import asyncio
import traceback

from starlette.exceptions import HTTPException

from graders.host.instruments.recorder import Sites, one_line
from graders.wire import Failure, without_addresses, without_folders

# Enough for what a library says at the end of a long text.
_LONGEST = 2_000
_DEEPEST = 20
_MOST_READ = 5_000
# What is called on the way out.
_ON_THE_WAY_OUT = frozenset(
    {
        "__aexit__",
        "__exit__",
        "_close",
        "aclose",
        "close",
        "close_all",
        "dispose",
        "disconnect",
        "invalidate",
        "reset",
        "rollback",
        "shutdown",
        "terminate",
    }
)
# These are no causes: an answer, and the end of a request.
_NO_CAUSES = (HTTPException, asyncio.CancelledError, GeneratorExit, StopAsyncIteration)


def text_of(exc: BaseException, longest: int = 500) -> str:
    """The exception's own text on one line; a hostile `__str__` costs only the text.

    Args:
        longest: characters that are kept.
    """
    try:
        text = without_addresses(str(exc)[:_MOST_READ])
        # Before it is cut: else its length would depend on where the graders lie.
        return one_line(without_folders(text), longest)
    except BaseException:
        return "(its text could not be shown)"


def name_of(exc: BaseException) -> str:
    """The name of the exception's class; a hostile one costs only the name."""
    try:
        return one_line(type(exc).__name__, 80)
    except BaseException:
        return "an error"


def failure_of(sites: Sites, exc: BaseException) -> Failure:
    """What is told of an exception.

    Args:
        sites: knows the learner's lines.
    """
    name, text = name_of(exc), text_of(exc, _LONGEST)
    if isinstance(exc, BaseExceptionGroup):
        inner = exc.exceptions[0]
        if len(exc.exceptions) == 1:
            # Said, because a handler for the inner one does not see it in its group.
            name, exc = f"{name_of(inner)} inside an {name}", inner
            text = text_of(exc, _LONGEST)
        else:
            text += f"; the first is {name_of(inner)}: {text_of(inner)}"
    first = first_cause(exc)
    return Failure(
        name,
        text,
        sites.of_exception(exc),
        None if first is None else failure_of(sites, first),
        sites.raised_by_learner(exc),
    )


def first_cause(exc: BaseException) -> BaseException | None:
    """The error because of which something was closed, if that has raised `exc`."""
    found = None
    for _ in range(_DEEPEST):
        before = exc.__context__
        if (
            before is None
            or exc.__suppress_context__
            or isinstance(before, _NO_CAUSES)
            # The exam's own, which a right program has to expect: then what is wrong
            # is how it is dealt with.
            or type(before).__module__ == "given"
            or not _raised_on_the_way_out(exc, before)
        ):
            break
        found = exc = before
    return found


def _raised_on_the_way_out(exc: BaseException, before: BaseException) -> bool:
    """Whether `exc` was raised in what was called to end something."""
    passed = {id(frame) for frame, _ in traceback.walk_tb(before.__traceback__)}
    names: list[str] = []
    for frame, _ in traceback.walk_tb(exc.__traceback__):
        if id(frame) in passed:
            # Only what is called from where both have passed.
            names.clear()
        else:
            names.append(frame.f_code.co_name)
    return not _ON_THE_WAY_OUT.isdisjoint(names)
