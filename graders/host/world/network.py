"""The fake network as the event loop sees it: `getaddrinfo` and `create_connection`.

Bytes written to a transport cross the wire and end in a server of the proctor's. So
httpx, with its pool, limits, keep-alive and timeouts, runs unmodified.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from itertools import count
from typing import Any

from graders.host.clock.current import current_run
from graders.host.clock.lockstep import LockStep
from graders.host.instruments.recorder import Recorder
from graders.host.world.resolver import Resolver
from graders.wire import Connect, Connected, Data, Hangup, Refused
from graders.wire.words import client_address

_Incoming = Connected | Refused | Data | Hangup
_PORTS = {"http": 80, "https": 443}


class QuietSocket:
    """What stands for the socket of a connection that has none.

    httpcore asks whether an idle connection is readable, which means that the server
    has hung up. So there is a descriptor, which stays quiet until then.
    """

    family = socket.AF_INET
    type = socket.SOCK_STREAM
    proto = socket.IPPROTO_TCP

    def __init__(self, local: tuple[str, int], remote: tuple[str, int]) -> None:
        self._local = local
        self._remote = remote
        reader, writer = os.pipe()
        # Taken out before they are closed: two threads may do so at once.
        self._ends = {"reader": reader, "writer": writer}

    @classmethod
    def of_link(cls, link: int, remote: tuple[str, int]) -> QuietSocket:
        return cls(client_address(link), remote)

    def fileno(self) -> int:
        return self._ends.get("reader", -1)

    def getsockname(self) -> tuple[str, int]:
        return self._local

    def getpeername(self) -> tuple[str, int]:
        return self._remote

    def setsockopt(self, *option: object) -> None: ...

    def getsockopt(self, *option: object) -> int:
        return 0

    def become_readable(self) -> None:
        self._close("writer")

    def close(self) -> None:
        self._close("writer")
        self._close("reader")

    def _close(self, end: str) -> None:
        descriptor = self._ends.pop(end, None)
        if descriptor is not None:
            os.close(descriptor)


class HostTransport(asyncio.Transport):
    """One end of a connection whose other end is in the proctor."""

    def __init__(
        self, network: HostNetwork, link: int, protocol: asyncio.Protocol, peer: Any
    ) -> None:
        self._network = network
        self._loop = asyncio.get_running_loop()
        self._link = link
        self._protocol: asyncio.BaseProtocol = protocol
        self._socket = QuietSocket.of_link(link, peer)
        super().__init__(
            {
                "socket": self._socket,
                "sockname": self._socket.getsockname(),
                "peername": peer,
            }
        )
        self._closing = False
        self._reading = True
        self._held: list[Callable[[], None]] = []

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return self._reading

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        held, self._held = self._held, []
        for event in held:
            event()

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        # A real transport ignores an empty write, which h11 does make.
        if data and not self._closing:
            self._network.post_data(self._link, bytes(data))

    def write_eof(self) -> None: ...

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        self._close(None)

    def abort(self) -> None:
        self._close(None)

    def _close(self, exc: Exception | None) -> None:
        if self._closing:
            return
        self._closing = True
        self._network.forget(self._link)
        self._network.step.post(Hangup(self._link))
        self._loop.call_soon(self._lost, exc)

    def _lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)
        self._socket.close()

    def received(self, message: Data | Hangup) -> None:
        # While reading is paused the kernel keeps what arrives; so do we. The end of
        # the stream shows at the descriptor at once, as it does in life.
        if isinstance(message, Hangup):
            self._socket.become_readable()
        if self._reading:
            self._handle(message)
        else:
            self._held.append(lambda: self._handle(message))

    def _handle(self, message: Data | Hangup) -> None:
        if self._closing:
            return
        assert isinstance(self._protocol, asyncio.Protocol)
        if isinstance(message, Data):
            self._protocol.data_received(message.data)
        elif message.reset:
            self._close(ConnectionResetError(104, "Connection reset by peer"))
        elif not self._protocol.eof_received():
            self._close(None)


class HostNetwork:
    """All connections of this host.

    Args:
        step: carries the messages.
        recorder: names the learner's lines that use a connection.
    """

    def __init__(
        self, step: LockStep, recorder: Recorder, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.step = step
        self.loop = loop
        self.resolver = Resolver()
        self._recorder = recorder
        self._numbers = count(1)
        self._opening: dict[int, asyncio.Future[None]] = {}
        self._transports: dict[int, HostTransport] = {}

    def next_link(self) -> int:
        return next(self._numbers)

    def announce(self, link: int, host: str, port: int) -> None:
        """Tell the proctor that a connection is wanted."""
        lines = self._recorder.lines()
        site = lines[0] if lines else None
        self.step.post(Connect(link, host, port, site))

    def post_data(self, link: int, data: bytes) -> None:
        """Send bytes, and say who does so: a pooled connection serves many."""
        lines = self._recorder.lines()
        self.step.post(Data(link, data, current_run.get(), lines))

    async def create_connection(
        self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int
    ) -> tuple[asyncio.BaseTransport, asyncio.BaseProtocol]:
        link = self.next_link()
        loop = asyncio.get_running_loop()
        opening = self._opening[link] = loop.create_future()
        if loop is not self.loop:
            self.step.link_calls[link] = self._to_loop(loop)
        self.announce(link, self.resolver.name(host), port)
        try:
            await opening
        except BaseException:
            # Also when it has been opened meanwhile: nobody is there to use it.
            self.step.post(Hangup(link))
            self.forget(link)
            raise
        finally:
            self._opening.pop(link, None)
        protocol = factory()
        assert isinstance(protocol, asyncio.Protocol)
        peer = (self.resolver.address(host), port)
        transport = HostTransport(self, link, protocol, peer)
        self._transports[link] = transport
        protocol.connection_made(transport)
        return transport, protocol

    def _to_loop(self, loop: asyncio.AbstractEventLoop) -> Callable[[_Incoming], None]:
        """The way to a loop that a submission runs in a thread of its own."""

        def route(message: _Incoming) -> None:
            # It may have been closed, with connections open.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self.deliver, message)

        return route

    def deliver(self, message: _Incoming) -> None:
        if isinstance(message, Connected | Refused):
            opening = self._opening.get(message.link)
            if opening is None or opening.done():
                return
            if isinstance(message, Connected):
                opening.set_result(None)
            else:
                opening.set_exception(connection_error(message))
        elif message.link in self._transports:
            self._transports[message.link].received(message)

    def forget(self, link: int) -> None:
        self._transports.pop(link, None)
        self.step.link_calls.pop(link, None)

    def addresses(self, host: str, port: int | str | bytes | None) -> list[Any]:
        """What `socket.getaddrinfo` answers; a name is looked up at connecting."""
        name = port.decode() if isinstance(port, bytes) else port
        number = _PORTS.get(name) if isinstance(name, str) else name
        address = (self.resolver.address(host), int(number or name or 0))
        return [
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address),
        ]


def connection_error(refused: Refused) -> OSError:
    """The error that the operating system would have raised."""
    if refused.error == "gaierror":
        return socket.gaierror(socket.EAI_NONAME, refused.text)
    if refused.error == "ConnectionRefusedError":
        return ConnectionRefusedError(111, refused.text)
    return OSError(refused.text)
