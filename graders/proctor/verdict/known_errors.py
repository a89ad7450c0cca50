"""Errors of the libraries whose text does not say what the mistake is.

One table for all katas. Wherever a failure is told, the first entry whose pattern is
found in `Error: text` gives the advice, and says which part of a long text counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from graders.wire import Failure

# Characters of an error's text that are told.
_TOLD = 240
# What SQLAlchemy and httpx say after the error itself.
_BESIDES = re.compile(
    r"(?:\\n|\s)*(?:\[SQL: |\(Background on this error at: "
    r"|For more information check: ).*"
)


@dataclass(frozen=True)
class KnownError:
    """What helps somebody who sees an error of a library.

    Attributes:
        pattern: what is looked for in `Error: text`.
        advice: what to try.
        of_the_world: a right program meets it too, and has to expect it.
        set_by: what limits it; the line that gives one of these names a value is the
            one to look at.
    """

    pattern: re.Pattern[str]
    advice: str
    of_the_world: bool = False
    set_by: tuple[str, ...] = ()


def known_error(failure: Failure) -> KnownError | None:
    """What is known of a failure, or of the error that it hides."""
    told = failure.first or failure
    return known_text(f"{told.error}: {told.text}")


def known_text(text: str) -> KnownError | None:
    """What is known of an error, written as `Error: text`."""
    found = (one for one in KNOWN_ERRORS if one.pattern.search(text))
    return next(found, None)


def said(failure: Failure) -> str:
    """A failure in words: `Error was raised: text`, the one that came first."""
    told = failure.first or failure
    words = f"{told.error} was raised"
    text = excerpt(told.text, told.error)
    if text:
        words += f": {text}"
    if failure.first is not None:
        words += f" (and {failure.error} on the way out)"
    return words


def excerpt(text: str, error: str = "") -> str:
    """The part of an error's text that counts; of an unknown one both ends.

    Args:
        error: the name of its class, which may be what it is known by.
    """
    text = _BESIDES.sub("", text)
    if len(text) <= _TOLD:
        return text
    known = known_text(f"{error}: {text}")
    found = known.pattern.search(text) if known is not None else None
    if found is None or found.start() < _TOLD // 3:
        return _without_middle(text)
    rest = text[found.start() :]
    return "… " + (
        rest if len(rest) <= _TOLD else rest[:_TOLD].rpartition(" ")[0] + " …"
    )


def _without_middle(text: str) -> str:
    head = text[: _TOLD * 2 // 3].rpartition(" ")[0] or text[: _TOLD * 2 // 3]
    tail = text[-_TOLD // 3 :].partition(" ")[2] or text[-_TOLD // 3 :]
    return f"{head} … {tail}"


def _known(
    pattern: str,
    advice: str,
    *,
    of_the_world: bool = False,
    set_by: tuple[str, ...] = (),
) -> KnownError:
    return KnownError(re.compile(pattern), advice, of_the_world, set_by)


_TWO_LOOPS = (
    "It was made on one event loop and is used on another. Make it where it is used: "
    "on the loop that serves the requests, and not in asyncio.run or a thread."
)
_COROUTINE = (
    "What is used here is a coroutine, not its result: which call of an async function "
    "is not awaited?"
)
_NOT_TAKEN = (
    "Something is given back that was not taken: acquire it before the `try` whose "
    "`finally` releases it, or use `async with`."
)
_SILENT = "The other side is silent. Which `except` of yours names this timeout?"

KNOWN_ERRORS = (
    # --- SQLAlchemy -------------------------------------------------------------------
    _known(
        r"MissingGreenlet|greenlet_spawn has not been called",
        "A commit lets what an object holds expire; reading an attribute then asks the "
        "database, where nobody awaits it. Await a `refresh` after the commit, or make "
        "the sessions with expire_on_commit=False. A relationship is loaded together "
        "with its query.",
    ),
    _known(
        r"DetachedInstanceError|is not bound to a Session",
        "The object's session is closed, and something is read that was not loaded. "
        "Read it while the session is open, or make the sessions with "
        "expire_on_commit=False.",
    ),
    _known(
        r"IllegalStateChangeError|provisioning a new connection"
        r"|concurrent operations are not permitted|another operation is in progress",
        "A session does one thing at a time, and here two tasks use one. Await one "
        "call after the other, or give each task a session of its own.",
    ),
    _known(
        r"PendingRollbackError|transaction has been rolled back due to",
        "An earlier write of this session has failed. Roll back before you use it "
        "again.",
    ),
    _known(
        r"Can't operate on closed transaction|This Connection is closed"
        r"|closed database|no active connection",
        "The session or connection is used after its end. Keep the work inside the "
        "`async with` that opens it.",
    ),
    _known(
        r"transaction is already begun",
        "The session has begun a transaction with its first statement. Open the "
        "`begin()` before it, or commit without one.",
    ),
    _known(
        r"QueuePool limit of size",
        "All connections of the pool are out. Who holds one, and does he give it back "
        "on every way out?",
    ),
    _known(
        r"no such table",
        "The tables are made at start-up. Is that call made, and awaited?",
    ),
    _known(
        r"result object is closed|does not return rows",
        "Read the rows of a result before its session ends or runs its next statement.",
    ),
    _known(
        r"object \w*Result can't be used in 'await'",
        "Await the call that asks the database; what it returns is read without await.",
    ),
    # --- httpx ------------------------------------------------------------------------
    _known(
        r"PoolTimeout",
        "No connection of the client became free within its pool timeout. How long may "
        "a request wait for one, and are all answers read or closed?",
        set_by=("pool", "timeout"),
    ),
    _known(
        r"client has been closed",
        "The client is used after its end. Does its `async with` or its lifetime last "
        "as long as the requests, also after a second start?",
    ),
    _known(
        r"open a client instance more than once",
        "`async with` opens and closes a client. Enter it once, where the service "
        "starts, and use it everywhere else without.",
    ),
    _known(
        r"sync request with an AsyncClient|async request with a sync Client",
        "An AsyncClient is used with `await` and `async with`, a Client with neither.",
    ),
    _known(
        r"ResponseNotRead|RequestNotRead",
        "A streamed answer has no body until it is read: await `aread()` first, or "
        "iterate over it.",
    ),
    _known(
        r"StreamConsumed|StreamClosed",
        "A stream is read once, and while its `async with` is open.",
    ),
    _known(
        r"UnsupportedProtocol|URL is missing an? 'https?://'",
        "The URL is not a whole one: does the client have a base_url, or the request "
        "the address of the service?",
    ),
    _known(r"(?:Read|Write|Connect)Timeout", _SILENT, of_the_world=True),
    _known(
        r"(?:Connect|Read|Write|RemoteProtocol|LocalProtocol)Error",
        "The other side cannot be reached, or breaks off. Which `except` of yours "
        "names this error, or its base class?",
        of_the_world=True,
    ),
    _known(
        r"HTTPStatusError",
        "`raise_for_status` turns an answer into this error. Who catches it?",
        of_the_world=True,
    ),
    # --- coroutines and loops ---------------------------------------------------------
    _known(
        r"asyncio\.run\(\) cannot be called from a running|loop is already running"
        r"|while another loop is running|Runner\.run\(\) cannot be called",
        "A loop runs already: in an `async def`, await the coroutine instead.",
    ),
    _known(r"attached to a different loop|bound to a different event loop", _TWO_LOOPS),
    _known(r"Event loop is closed", _TWO_LOOPS),
    _known(
        r"no running event loop|no current event loop|NoEventLoopError"
        r"|AnyIO worker thread",
        "No event loop runs here. Do it at start-up or in an `async def`: neither "
        "while the module is imported nor in a thread.",
    ),
    _known(
        r"'coroutine' object|coroutine object|<class 'coroutine'>"
        r"|of type 'coroutine'",
        _COROUTINE,
    ),
    _known(
        r"already awaited coroutine|coroutine is being awaited already",
        "A coroutine can be awaited once. Call the function again, or make a task of "
        "it: a task may be awaited by many.",
    ),
    _known(
        r"asynchronous generator is already running",
        "Two tasks read one asynchronous generator at once. Give each its own, or let "
        "one read for all.",
    ),
    _known(
        r"coroutine was expected|coroutine or an awaitable is required"
        r"|a coroutine object is required",
        "A task is made of a coroutine: of what an async function returns when it is "
        "called, and not of a plain result or of the function itself.",
    ),
    _known(
        r"can't be used in 'await' expression",
        "What is awaited here is a plain value. Is the function async at all, or has "
        "its result been awaited before?",
    ),
    _known(
        r"requires an object with __aiter__|requires an object with __anext__"
        r"|'async_generator' object is not iterable|not an async iterator",
        "`async for` reads what is asynchronous, and `for` what is not.",
    ),
    _known(
        r"'async_generator' object|requested an async fixture",
        "An asynchronous generator is used in place of what it yields: a fixture needs "
        "`@pytest_asyncio.fixture`, a dependency `Depends`, a context manager "
        "`@asynccontextmanager`.",
    ),
    _known(
        r"context manager protocol|__aenter__|__enter__",
        "`async with` is for asynchronous context managers, `with` for the others; a "
        "coroutine is neither. What does the call behind the `with` return?",
    ),
    _known(
        r"Passing coroutines is forbidden",
        "`asyncio.wait` takes tasks: make one of each coroutine.",
    ),
    _known(
        r"Set of (?:coroutines/Futures|Tasks/Futures) is empty|set of coroutines",
        "`asyncio.wait` was called with nothing to wait for.",
    ),
    _known(
        r"Result is not (?:set|ready)|Exception is not set",
        "A task has no result before it has ended: await it.",
    ),
    _known(
        r"[Tt]ask ?[Gg]roup.*(?:still running|not been entered|shutting down"
        r"|is finished|not active)",
        "Tasks are started inside the group's `async with`, while it is open.",
    ),
    _known(
        r"cancel scope|should be used inside a task",
        "A time limit or a task group is entered and left in one task: do not keep one "
        "open over a `yield` or hand it to another task.",
    ),
    _known(
        r"Lock is not acquired|release unlocked lock|released too many times"
        r"|not holding this lock|borrower isn't holding|un-acquired lock",
        _NOT_TAKEN,
    ),
    _known(
        r"generator didn't (?:yield|stop)|ignored GeneratorExit"
        r"|No response returned|Response not awaited|caught exception not raised",
        "A function with one `yield` for a `with` or a dependency passes it once, on "
        "every way: let errors go on, and yield no second time.",
    ),
    _known(
        r"new futures after shutdown|can't start new thread",
        "The executor has been shut down, or there are too many threads. How long does "
        "it live, and who makes it?",
    ),
    # --- anyio ------------------------------------------------------------------------
    _known(
        r"BrokenResourceError|ClosedResourceError|EndOfStream",
        "The other end of the stream is closed. Who closes it, and is somebody still "
        "sending or waiting then?",
    ),
    _known(
        r"WouldBlock|QueueFull|QueueEmpty",
        "A call that does not wait has found nothing, or no room: await the one that "
        "waits, or say what happens then.",
    ),
    # --- FastAPI ----------------------------------------------------------------------
    _known(
        r"ResponseValidationError",
        "What the endpoint returns does not fit its response model. Which field is "
        "missing, or of another type?",
    ),
    _known(
        r"Invalid args for response field",
        "A return annotation or response_model is no type for an answer. Name a model, "
        "or give response_model=None.",
    ),
    _known(
        r"not JSON serializable|Unable to serialize",
        "The answer holds something that JSON has no word for. Return plain data or a "
        "model.",
    ),
    _known(
        r"once a close message has been sent|Need to call \"accept\" first"
        r"|after sending 'websocket\.close'",
        "A WebSocket is accepted first, and is not used after it has been closed.",
    ),
    _known(
        r"WebSocketDisconnect|ClientDisconnect",
        "The client has gone: that is the end of a connection, and no error. Who "
        "catches it?",
        of_the_world=True,
    ),
    _known(
        r"'State' object has no attribute",
        "Nobody has put it there. Does your start-up do so, and is it given to the "
        "application, as `FastAPI(lifespan=…)`?",
        of_the_world=True,
    ),
    # --- the rest ---------------------------------------------------------------------
    _known(
        r"UnboundLocalError.*(?:cannot access|referenced before)",
        "On some way this name has no value yet: an error came before the line that "
        "gives it one. Who has caught it, or which `finally` runs then?",
    ),
)
