"""One call of the application, in progress."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from graders.proctor.driver.asgi_rules import ProtocolError, Rules, headers_of
from graders.proctor.driver.reply import Chunk, Event, Reply
from graders.proctor.hosts.turns import Deadlock, Turns
from graders.wire import Abort, Delivered, Failure, Finished, Part, Send, Site, ToHost
from graders.wire.words import NANO

# An endless loop of empty parts would never reach the longest body that is allowed.
_MAX_EVENTS = 5_000


@dataclass(eq=False)
class Exchange:
    """One call of the application, in progress.

    Attributes:
        events: what the application sent, with times.
        chunks: the parts of the body that have come, without empty ones.
        finished: set when the application returned or raised.
        ended: when the last byte came, or the application returned without one.
        left: when the client went away, if it did.
        error: how the application broke the rules of ASGI, if it did.
        hold_sends: while True, `send` does not return: a client that does not read.
        on_start: called at the moment at which the response starts.
        relay: where events wait for somebody else who lets `send` return.
        endpoint: where the endpoint is defined that the router has chosen.
        answered_at: the learner's line that made the answer, if one did.
        parts: lines that made something in the answer.
        caught: the error that was being handled where the answer was made.
    """

    run: int
    scope: dict[str, Any]
    began: float
    turns: Turns
    post: Callable[[ToHost], None]
    rules: Rules
    events: list[Event] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    finished: Finished | None = None
    ended: float | None = None
    left: float | None = None
    error: str = ""
    hold_sends: bool = False
    on_start: Callable[[], None] | None = None
    relay: deque[MutableMapping[str, Any]] | None = None
    endpoint: Site | None = None
    answered_at: Site | None = None
    parts: list[Part] = field(default_factory=list)
    caught: Failure | None = None
    _held: int = 0
    _read: int = 0
    _waits: list[tuple[Callable[[], bool], asyncio.Future[None]]] = field(
        default_factory=list
    )

    @property
    def label(self) -> str:
        return self.rules.label

    @property
    def failure(self) -> Failure | None:
        """The exception that left the application, if one did."""
        return None if self.finished is None else self.finished.failure

    # --- towards the application ------------------------------------------------------

    def feed(self, event: dict[str, Any]) -> None:
        """Give `receive()` an event."""
        self.post(Delivered(self.run, event))

    def disconnect(self, **details: Any) -> None:
        """The client goes away; what the application sends from now on is not heard.

        Args:
            details: more of the event, as the close code of a WebSocket.
        """
        if self.left is None:
            self.left = self.turns.now / NANO
        self.feed({"type": f"{self.scope['type']}.disconnect", **details})
        # A server does not hold back what nobody will read.
        self.read_on()

    def cancel(self, *, rounds: int = 0) -> None:
        """Cancel the application's task, as a server that gives the request up.

        Args:
            rounds: so many rounds of the submission's event loop pass before, so that
                the cancellation can come between what happens there within an instant.
        """
        self.post(Abort(self.run, rounds))

    def read_on(self) -> None:
        """End `hold_sends`."""
        self.hold_sends = False
        for _ in range(self._held):
            self.let_send_return()
        self._held = 0

    def let_send_return(self) -> None:
        self.post(Delivered(self.run))

    # --- from the application ---------------------------------------------------------

    def sent(self, send: Send, at: float) -> None:
        event = Event(at, send.event, heard=self.left is None)
        try:
            if self.error:
                return
            if len(self.events) >= _MAX_EVENTS:
                raise self.rules.broken("the application sends without end")
            if event.heard:
                self.rules.look(send.event)
        except ProtocolError as exc:
            self._give_up(str(exc), at)
            return
        self.events.append(event)
        self._keep_body(event)
        if send.event.get("type") == "http.response.start":
            self.answered_at, self.parts = send.site, send.parts
            self.caught = send.caught
            if self.on_start:
                self.on_start()
        if self.relay is not None:
            self.relay.append(send.event)
        elif self.hold_sends:
            self._held += 1
        else:
            self.let_send_return()
        if self.rules.over and self.ended is None:
            self.ended = at
            if self.scope["type"] == "http":
                # From here on the client has nothing more to say.
                self.feed({"type": "http.disconnect"})
        self._wake()

    def returned(self, finished: Finished, at: float) -> None:
        self.finished = finished
        if self.ended is None:
            self.ended = at
        self._wake()

    def _keep_body(self, event: Event) -> None:
        data = event.message.get("body")
        silent = not event.heard or self.scope.get("method") == "HEAD"
        if data and not silent and event.message["type"] == "http.response.body":
            self.chunks.append(Chunk(event.at, data))

    def _give_up(self, error: str, at: float) -> None:
        self.error = error
        if self.ended is None:
            self.ended = at
        # Its `send` never returns: what else it has to say is of no use.
        self.cancel()
        self._wake()

    def _wake(self) -> None:
        for condition, wait in list(self._waits):
            if (self.error or condition()) and not wait.done():
                wait.set_result(None)

    # --- waiting ----------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition on this exchange holds.

        Raises:
            ProtocolError: the application broke the rules of ASGI.
            Deadlock: it never will.
            HostEnded: the submission's process is gone.
        """
        while not condition():
            if self.error:
                raise ProtocolError(self.error, self.run)
            wait = asyncio.get_running_loop().create_future()
            entry = (condition, self.turns.waiting(wait))
            self._waits.append(entry)
            try:
                await wait
            except Deadlock as exc:
                exc.awaited.add(self.run)
                raise
            finally:
                self._waits.remove(entry)

    async def returns(self) -> None:
        """Wait until the application has returned, background tasks included."""
        await self.until(lambda: self.finished is not None)

    async def started(self) -> Reply:
        """Wait for the start of the response; its status and headers are known then."""
        await self.until(lambda: self._start() is not None or self.ended is not None)
        return self.response()

    async def chunk(self) -> Chunk | None:
        """Wait for the next part of the body; None when there is no more."""
        await self.until(
            lambda: len(self.chunks) > self._read or self.ended is not None
        )
        if len(self.chunks) <= self._read:
            return None
        self._read += 1
        return self.chunks[self._read - 1]

    async def reply(self) -> Reply:
        """Wait for the last byte (not for background tasks) and make a reply of it all.

        Raises:
            ProtocolError: what the application sent is no response.
        """
        await self.until(lambda: self.ended is not None)
        if self.response().status == 500:
            # Starlette answers first and lets the exception go on to the server.
            await self.returns()
        return self.response()

    # --- what has come ----------------------------------------------------------------

    def _start(self) -> dict[str, Any] | None:
        for event in self.events[:1]:
            if event.heard and event.message.get("type") == "http.response.start":
                return event.message
        return None

    def response(self) -> Reply:
        """The response as far as it has come.

        Raises:
            ProtocolError: what the application sent is no response.
        """
        if self.error:
            raise ProtocolError(self.error, self.run)
        finished = self.finished or Finished(self.run)
        excused = finished.failure or finished.cancelled or self.left is not None
        start = self._start()
        if self.finished and not self.rules.over and not excused:
            end = "the end of its response" if start else "a response"
            how = f"{self.label}: the application returned without {end}."
            raise ProtocolError(how, self.run)
        status, headers = 500, {}
        if start is not None:
            status = start["status"]
            pairs = headers_of(start)
            headers = {} if isinstance(pairs, str) else dict(pairs)
        return Reply(
            self.label,
            status,
            headers,
            b"".join(chunk.data for chunk in self.chunks),
            self.began,
            self.ended if self.ended is not None else self.turns.now / NANO,
            self.run,
            finished.failure,
            self.rules.over or start is None,
            self.caught,
        )
