"""A service at the other end of the network, as a suite sees and directs it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from graders.proctor.world.calls import CallLog, CallRecord, peak
from graders.proctor.world.connection import BreaksOff, Connection, UpstreamTransport
from graders.proctor.world.gates import Gated
from graders.wire import Site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    Handled: TypeAlias = "Response | BreaksOff"
    Handler = Callable[[Request], Handled | Awaitable[Handled]]

# An upload may be as long as a book; who sends more is cut off.
MAX_UPLOAD = 8 * 2**20

_TROUBLES = {
    "reset": BreaksOff(reset=True),
    "garbage": BreaksOff(b"\x00\x01 this is no HTTP\r\n\r\n"),
}


class Upstream(Gated):
    """A service at the other end of the network, as a suite sees and directs it.

    Directions may change at any time; a request obeys those that hold when it arrives.

    Args:
        host: its name.
        log: where its requests are written.
        handler: answers a Starlette request with a Starlette response, or breaks off.

    Attributes:
        connections: every connection that was opened, in order.
        attempts: when (virtual seconds) a connection was asked for, opened or not.
        open_now: how many connections are open.
        peak_connections: how many were open at once.
        errors: what the handler raised; the submission then saw a plain 500.
    """

    def __init__(self, host: str, log: CallLog, handler: Handler) -> None:
        self.host = host
        self.connections: list[Connection] = []
        self.attempts: list[float] = []
        self.open_now = 0
        self.peak_connections = 0
        self.errors: list[Exception] = []
        self._log = log
        self._handler = handler
        self._seconds: float | Callable[[Request], float] = 0.0
        self._trouble = ""
        self._transports: list[UpstreamTransport] = []

    @property
    def calls(self) -> list[CallRecord]:
        """Its requests: `arguments` hold path, query, headers and body."""
        return [call for call in self._log if call.arguments.get("host") == self.host]

    @property
    def peak(self) -> int:
        """How many requests were in flight at once."""
        return peak(self.calls)

    # --- directions -------------------------------------------------------------------

    def takes(self, seconds: float | Callable[[Request], float]) -> Upstream:
        """Answer after so many virtual seconds (or as a function of the request)."""
        self._seconds = seconds
        return self

    def answers(self, handler: Handler) -> Upstream:
        self._handler = handler
        return self

    def refuses(self) -> Upstream:
        """Refuse new connections from now on."""
        self._trouble = "refuse"
        return self

    def unknown(self) -> Upstream:
        """Have no address from now on: names do not resolve."""
        self._trouble = "unknown"
        return self

    def unreachable(self) -> Upstream:
        """Never answer a new connection: connecting takes for ever."""
        self._trouble = "stall"
        return self

    def resets(self) -> Upstream:
        """Cut a connection off as soon as a request has arrived on it."""
        self._trouble = "reset"
        return self

    def speaks_garbage(self) -> Upstream:
        """Answer with bytes that are no HTTP."""
        self._trouble = "garbage"
        return self

    def recovers(self) -> Upstream:
        """End the trouble that one of the five above has made."""
        self._trouble = ""
        return self

    def hangs_up(self) -> None:
        """Close every connection that is open now, as a server that restarts."""
        for transport in list(self._transports):
            transport.close()

    # --- what the network asks --------------------------------------------------------

    @property
    def trouble(self) -> str:
        return self._trouble

    def opened(self, transport: UpstreamTransport) -> None:
        self._transports.append(transport)
        self.connections.append(transport.connection)
        self.open_now += 1
        self.peak_connections = max(self.peak_connections, self.open_now)

    def closed(self, transport: UpstreamTransport) -> None:
        self._transports.remove(transport)
        self.open_now -= 1

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from starlette.requests import ClientDisconnect, Request

        request = Request(scope, receive)
        link: UpstreamTransport = scope["state"]["link"]
        link.connection.requests += 1
        record = CallRecord(
            f"{request.method} {request.url.path}",
            {
                "host": self.host,
                "path": request.url.path,
                "query": dict(request.query_params),
                "headers": dict(request.headers),
                "body": b"",
            },
            asyncio.get_running_loop().time(),
            run=link.run,
            lines=link.lines or _one(link.connection.site),
        )
        self._log.enter(record)
        link.serve(asyncio.current_task(), lambda: self._log.leave(record, "cancelled"))
        try:
            record.arguments["body"] = await _body(request, link)
            trouble = _TROUBLES.get(self._trouble)
            response = trouble or await self._answer(request, record)
            if isinstance(response, BreaksOff):
                self._log.leave(record, "failed")
                link.break_off(response)
                return
            await response(scope, receive, send)
            self._log.leave(record, "answered")
        except ClientDisconnect:
            pass
        except asyncio.CancelledError:
            # By the client, who left; everybody else who cancels us is obeyed.
            if not link.is_closing():
                raise
        finally:
            self._log.leave(record, "cancelled")
            link.serve(None, None)

    async def _answer(self, request: Request, record: CallRecord) -> Handled:
        from starlette.responses import PlainTextResponse

        gate, seconds = self._gate, self._seconds
        try:
            delay = seconds(request) if callable(seconds) else seconds
            if gate is not None:
                await gate.passed(record)
            if delay:
                await asyncio.sleep(delay)
            response = self._handler(request)
            return await response if inspect.isawaitable(response) else response
        except Exception as exc:
            self.errors.append(exc)
            return PlainTextResponse("Internal Server Error", 500)


async def _body(request: Request, link: UpstreamTransport) -> bytes:
    """The whole body, which the handler may read once more."""
    chunks, length = [], 0
    async for chunk in request.stream():
        chunks.append(chunk)
        length += len(chunk)
        if length > MAX_UPLOAD:
            link.abort()
            break
    request._body = b"".join(chunks)
    return request._body


def _one(site: Site | None) -> list[Site]:
    return [] if site is None else [site]
