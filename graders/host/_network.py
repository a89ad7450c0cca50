"""The fake network as the event loop sees it: `getaddrinfo` and `create_connection`.

Bytes written to a transport cross the wire and end in a server of the proctor's. So
httpx, with its pool, limits, keep-alive and timeouts, runs unmodified.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from ipaddress import ip_address
from itertools import count
from typing import Any

from graders.host._current import current_run
from graders.host._evidence import Recorder
from graders.host._lockstep import LockStep
from graders.wire import Connect, Connected, Data, Hangup, Refused, Site

# Names are given addresses out of the range that RFC 2544 keeps for test networks.
_FIRST_ADDRESS = int(ip_address("198.18.0.1"))


class Resolver:
    """Hands out addresses for names, and knows the names behind them."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._addresses: dict[str, str] = {}

    def address(self, name: str) -> str:
        try:
            return str(ip_address(name))
        except ValueError:
            pass
        if name not in self._addresses:
            address = str(ip_address(_FIRST_ADDRESS + len(self._addresses)))
            self._addresses[name] = address
            self._names[address] = name
        return self._addresses[name]

    def name(self, address: str) -> str:
        return self._names.get(address, address)


class QuietSocket:
    """What stands for the socket of a connection that has none.

    httpcore asks whether an idle connection is readable, which means that the server has
    hung up. So there is a descriptor, which stays quiet until then.
    """

    family = socket.AF_INET
    type = socket.SOCK_STREAM
    proto = socket.IPPROTO_TCP

    def __init__(self, local: tuple[str, int], remote: tuple[str, int]) -> None:
        self._local = local
        self._remote = remote
        self._reader, self._writer = os.pipe2(os.O_CLOEXEC)

    def fileno(self) -> int:
        return self._reader

    def getsockname(self) -> tuple[str, int]:
        return self._local

    def getpeername(self) -> tuple[str, int]:
        return self._remote

    def setsockopt(self, *option: object) -> None: ...

    def getsockopt(self, *option: object) -> int:
        return 0

    def become_readable(self) -> None:
        if self._writer != -1:
            os.close(self._writer)
            self._writer = -1

    def close(self) -> None:
        self.become_readable()
        if self._reader != -1:
            os.close(self._reader)
            self._reader = -1


class FakeTransport(asyncio.Transport):
    """One end of a connection whose other end is in the proctor."""

    def __init__(
        self, network: Network, link: int, protocol: asyncio.Protocol, peer: Any
    ) -> None:
        self._network = network
        self._link = link
        self._protocol: asyncio.BaseProtocol = protocol
        self._socket = QuietSocket(("198.18.255.254", 40_000 + link), peer)
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
            self._network.step.post(Data(self._link, bytes(data)))

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
        self._network.loop.call_soon(self._lost, exc)

    def _lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)
        self._socket.close()

    def received(self, message: Data | Hangup) -> None:
        # While reading is paused the kernel keeps what arrives; so do we. The end of the
        # stream shows at the descriptor at once, as it does in life.
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


class Network:
    """All connections of this host.

    Args:
        step: carries the messages.
        recorder: names the learner's line that opens a connection.
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
        self._transports: dict[int, FakeTransport] = {}

    def next_link(self) -> int:
        return next(self._numbers)

    def announce(self, link: int, host: str, port: int, site: Site | None) -> None:
        """Tell the proctor that a connection is wanted."""
        self.step.post(Connect(link, host, port, current_run.get(), site))

    async def create_connection(
        self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int
    ) -> tuple[asyncio.BaseTransport, asyncio.BaseProtocol]:
        link = self.next_link()
        opening = self._opening[link] = self.loop.create_future()
        task = asyncio.current_task()
        origin = getattr(task.get_coro() if task else None, "cr_origin", None)
        site = self._recorder.here() or self._recorder.sites.of_origin(origin)
        self.announce(link, self.resolver.name(host), port, site)
        try:
            await opening
        except BaseException:
            if not opening.done() or opening.cancelled():
                self.step.post(Hangup(link))
            raise
        finally:
            self._opening.pop(link, None)
        protocol = factory()
        assert isinstance(protocol, asyncio.Protocol)
        peer = (self.resolver.address(host), port)
        transport = FakeTransport(self, link, protocol, peer)
        self._transports[link] = transport
        protocol.connection_made(transport)
        return transport, protocol

    def deliver(self, message: Connected | Refused | Data | Hangup) -> None:
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

    async def getaddrinfo(self, host: str, port: int | str | None) -> list[Any]:
        address = (self.resolver.address(host), int(port or 0))
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


def leave_out_tls() -> None:
    """Let TLS layers pass bytes through unchanged, for `https://` URLs.

    A handshake would prove nothing, as both ends are ours, and reading the certificate
    store costs more than the rest of a check. `TLSStream.wrap` and
    `SSLContext.load_verify_locations` are touched here only.
    """
    import ssl

    from anyio.streams.tls import TLSStream

    async def wrap(
        cls: type[TLSStream], transport_stream: Any, **options: Any
    ) -> Any:
        return transport_stream

    def load_nothing(self: ssl.SSLContext, *args: Any, **kwargs: Any) -> None: ...

    TLSStream.wrap = classmethod(wrap)  # type: ignore[method-assign, assignment]
    ssl.SSLContext.load_verify_locations = load_nothing  # type: ignore[method-assign]
