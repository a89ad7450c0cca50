"""Calls the submission's ASGI application, once for each run of the proctor's."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from typing import Any

from graders.host.clock.current import current_run
from graders.host.clock.lockstep import LockStep
from graders.host.instruments.answer_lines import AnswerLines
from graders.host.instruments.failures import failure_of
from graders.host.instruments.recorder import Recorder
from graders.wire import Begin, Delivered, Failure, Finished, Send

# What is longer than this is refused at the other end, however much longer it is.
_MAX_LENGTH = 2**21
_MAX_ITEMS = 2_000


class _Run:
    """One call of the application.

    `send` waits until the proctor has looked at the event. A real server may hold
    `send` back too, and it lets a test see the world at the very moment a response
    starts. `receive` never suspends once there is something to receive (as uvicorn's).
    """

    def __init__(self, number: int, step: LockStep, answers: AnswerLines) -> None:
        self._number = number
        self._step = step
        self._answers = answers
        self._events: deque[dict[str, Any]] = deque()
        self._arrived: asyncio.Future[None] | None = None
        self._sends: deque[asyncio.Future[None]] = deque()
        self._gone = self._over = False
        self.task: asyncio.Task[None] | None = None

    async def receive(self) -> dict[str, Any]:
        while not self._events:
            if self._arrived is None:
                self._arrived = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._arrived)
        event = self._events[0]
        if event["type"].endswith("disconnect"):
            # For ever after: a client that is gone stays gone.
            return dict(event)
        return self._events.popleft()

    async def send(self, event: dict[str, Any]) -> None:
        if self._gone:
            # As uvicorn's: a WebSocket's sender learns at once that nobody is there.
            raise OSError("the client has gone away")
        self._step.post(self._sent(event))
        if self._over:
            # Whoever goes on without the application's own call waits for nobody.
            return
        delivered = asyncio.get_running_loop().create_future()
        self._sends.append(delivered)
        await delivered

    def end(self) -> None:
        """The application has returned, or was given up: no `send` is looked at."""
        self._over = True
        while self._sends:
            self._let_return()

    def _let_return(self) -> None:
        sent = self._sends.popleft()
        if not sent.done():
            sent.set_result(None)

    def _sent(self, event: dict[str, Any]) -> Send:
        number, answers = self._number, self._answers
        if event.get("type") != "http.response.start":
            return Send(number, _sendable(event))
        made = answers.site(number), answers.parts(number), answers.caught(number)
        return Send(number, _sendable(event), *made)

    def deliver(self, event: dict[str, Any] | None) -> None:
        if event is not None:
            self._events.append(event)
            self._gone = self._gone or event["type"] == "websocket.disconnect"
            arrived, self._arrived = self._arrived, None
            if arrived is not None:
                arrived.set_result(None)
        elif self._sends:
            self._let_return()


class Applications:
    """All runs of one application.

    Attributes:
        app: the application, once it is loaded.
        requests: how many have begun; blocking counts only after the first.
    """

    def __init__(
        self, step: LockStep, recorder: Recorder, answers: AnswerLines
    ) -> None:
        self._step = step
        self._recorder = recorder
        self._answers = answers
        self._runs: dict[int, _Run] = {}
        self._state: dict[str, Any] = {}
        self.app: Any = None
        self.requests = 0
        self._stopping = False

    @property
    def serving(self) -> bool:
        """Whether requests are served: from the first one until the shutdown begins."""
        return self.requests > 0 and not self._stopping

    def begin(self, message: Begin) -> None:
        scope = _scope(message.scope)
        if scope["type"] == "lifespan":
            scope["state"] = self._state
        else:
            scope["state"] = dict(self._state)
            self.requests += 1
        run = self._runs[message.run] = _Run(message.run, self._step, self._answers)
        current_run.set(message.run)
        name = f"{scope.get('method', '')} {scope.get('path', 'lifespan')}".strip()
        run.task = asyncio.get_running_loop().create_task(
            self._call(message.run, run, scope), name=name
        )
        run.task.add_done_callback(lambda _: self._never_begun(message.run))

    async def _call(self, number: int, run: _Run, scope: dict[str, Any]) -> None:
        failure: Failure | None = None
        cancelled = False
        try:
            await self.app(scope, run.receive, run.send)
        except asyncio.CancelledError:
            cancelled = True
        except BaseException as exc:
            failure = failure_of(self._recorder.sites, exc)
        finally:
            self._runs.pop(number, None)
            run.end()
            self._step.post(Finished(number, failure, cancelled))

    def _never_begun(self, number: int) -> None:
        """A run that was cancelled before its first step has no end of its own."""
        if self._runs.pop(number, None) is not None:
            self._step.post(Finished(number, cancelled=True))

    def deliver(self, message: Delivered) -> None:
        if message.event is not None and message.event["type"] == "lifespan.shutdown":
            self._stopping = True
        if message.run in self._runs:
            self._runs[message.run].deliver(message.event)

    def abort(self, number: int) -> None:
        run = self._runs.get(number)
        if run is not None and run.task is not None:
            run.task.cancel()


def _scope(scope: dict[str, Any]) -> dict[str, Any]:
    """Pairs and addresses are tuples in ASGI, and lists on the wire."""
    restored = dict(scope)
    if "headers" in scope:
        restored["headers"] = [(name, value) for name, value in scope["headers"]]
    for name in ("client", "server"):
        if scope.get(name) is not None:
            restored[name] = tuple(scope[name])
    return restored


def _sendable(event: dict[str, Any]) -> dict[str, Any]:
    """An event as plain data; an object that is none of ASGI's becomes its type's name.

    The type is named so that feedback can say what was sent instead.
    """
    return _pairs(event)


def _pairs(event: dict[Any, Any]) -> dict[str, Any]:
    return {_plain(str(key)): _plain(value) for key, value in event.items()}


def _plain(value: Any) -> Any:
    # By the base classes' own methods: a subclass may have others in their place.
    if isinstance(value, str):
        text = str.__getitem__(value, slice(_MAX_LENGTH))
        return str.encode(text, "utf-8", "replace").decode()
    if isinstance(value, bytes):
        return bytes.__getitem__(value, slice(_MAX_LENGTH))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        number = int.__int__(value)
        bits = number.bit_length()
        return number if bits < 64 else f"<a number of {bits} bits>"
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, bytearray | memoryview):
        return _plain(bytes(value))
    if isinstance(value, dict):
        return _pairs(value)
    try:
        return [_plain(item) for item in islice(value, _MAX_ITEMS)]
    except TypeError:
        return f"<{type(value).__name__}>"
