"""The fake network as blocking code sees it: `socket.socket` and name resolution.

`install()` runs in the zygote before any library is imported. From then on a TCP socket
that a submission makes is a stand-in: its bytes cross the wire, its waits are the
exam's, and a wait on the event loop's own thread is evidence as any other blocking call
is. Local sockets (AF_UNIX, pairs, descriptors) stay what they are.
"""

from __future__ import annotations

import errno
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakMethod

from graders.host.clock.waiter import Waiter
from graders.host.world.network import HostNetwork, QuietSocket, connection_error
from graders.wire import Connected, Data, Hangup, Refused
from graders.wire.words import NANO

_Real = socket.socket
_Incoming = Connected | Refused | Data | Hangup
_INTERNET = (-1, socket.AF_INET, socket.AF_INET6)


class Fabric:
    """The network of this process. None in the zygote, where every socket is real."""

    network: HostNetwork | None = None


class Socket(_Real):
    """`socket.socket`: makes a stand-in where the real one would reach the network."""

    def __new__(
        cls, family: int = -1, type: int = -1, proto: int = -1, fileno: Any = None
    ) -> Socket:
        stream = type == -1 or (type & 0xF) == socket.SOCK_STREAM
        internet = family in _INTERNET and stream and fileno is None
        if cls is Socket and internet and Fabric.network is not None:
            return _Real.__new__(StandIn)
        return _Real.__new__(cls)

    def sendmsg(
        self,
        buffers: Iterable[Any],
        ancdata: Iterable[Any] = (),
        flags: int = 0,
        address: Any = None,
        /,
    ) -> int:
        """As the real one; but the walls let no descriptors be sent along."""
        control = list(ancdata)
        if control or address is not None:
            return super().sendmsg(buffers, control, flags, address)
        # By another call of the kernel's, which has no room for any.
        return self.send(b"".join(buffers), flags)


class StandIn(Socket):
    """A TCP socket whose other end is in the proctor.

    It is closed when it is thrown away, as a real one is.
    """

    _closed: bool
    _io_refs: int

    def __init__(
        self, family: int = -1, type: int = -1, proto: int = -1, fileno: Any = None
    ) -> None:
        # The real initialiser would ask the system for a descriptor.
        assert Fabric.network is not None
        self._io_refs, self._closed = 0, False
        self._network = Fabric.network
        self._timeout = socket.getdefaulttimeout()
        self._link: int | None = None
        self._quiet: QuietSocket | None = None
        self._arrived = bytearray()
        self._connected = self._ended = self._released = False
        self._error: OSError | None = None
        self._waiters: deque[Waiter] = deque()

    def __del__(self) -> None:
        self._real_close()

    # --- what it is -------------------------------------------------------------------

    @property
    def family(self) -> Any:
        return socket.AF_INET

    @property
    def type(self) -> Any:
        return socket.SOCK_STREAM

    @property
    def proto(self) -> int:
        return socket.IPPROTO_TCP

    @property
    def timeout(self) -> float | None:
        return self._timeout

    def gettimeout(self) -> float | None:
        return self._timeout

    def settimeout(self, value: float | None, /) -> None:
        if value is not None and value < 0:
            raise ValueError("Timeout value out of range")
        self._timeout = value

    def setblocking(self, flag: bool, /) -> None:
        self._timeout = None if flag else 0.0

    def getblocking(self) -> bool:
        return self._timeout != 0.0

    def setsockopt(self, *option: Any) -> None: ...

    def getsockopt(self, *option: Any) -> Any:
        return 0

    def fileno(self) -> int:
        quiet = self._quiet
        return -1 if quiet is None else quiet.fileno()

    def getsockname(self) -> Any:
        return ("0.0.0.0", 0) if self._quiet is None else self._quiet.getsockname()

    def getpeername(self) -> Any:
        return self._opened().getpeername()

    def _opened(self) -> QuietSocket:
        if self._quiet is None or not self._connected:
            number = errno.EBADF if self._released else errno.ENOTCONN
            raise OSError(number, os.strerror(number))
        return self._quiet

    # --- opening and closing ----------------------------------------------------------

    def bind(self, address: Any, /) -> None:
        """A client may name its own end; it makes no difference here."""

    def listen(self, backlog: int = 0, /) -> None:
        raise PermissionError(errno.EPERM, "this network has no room for servers")

    def connect(self, address: Any, /) -> None:
        if self._link is not None:
            raise OSError(errno.EISCONN, os.strerror(errno.EISCONN))
        network = self._network
        name = network.resolver.name(_text(address[0]))
        peer = (network.resolver.address(name), int(address[1]))
        self._link = network.next_link()
        self._quiet = QuietSocket.of_link(self._link, peer)
        network.step.link_calls[self._link] = _weakly(self._deliver)
        network.announce(self._link, name, peer[1])
        try:
            self._wait(
                lambda: self._connected or self._error is not None, "socket.connect"
            )
        except BlockingIOError as exc:
            number = errno.EINPROGRESS
            raise BlockingIOError(number, os.strerror(number)) from exc
        self._raise_error()

    def connect_ex(self, address: Any, /) -> int:
        try:
            self.connect(address)
        except TimeoutError:
            return errno.EAGAIN
        except OSError as exc:
            return exc.errno or errno.EIO
        return 0

    def shutdown(self, how: int, /) -> None:
        self._opened()
        # A server at the other end goes on reading while its own answer is due, so
        # closing one half changes nothing.
        if how == socket.SHUT_RDWR and self._link is not None:
            self._network.step.post(Hangup(self._link))
        if how != socket.SHUT_WR:
            self._deliver(Hangup(0))

    def _real_close(self, *args: Any) -> None:
        link = getattr(self, "_link", None)
        if link is None or self._released:
            return
        self._released, self._connected = True, False
        self._network.step.link_calls.pop(link, None)
        self._network.step.post(Hangup(link))
        quiet, self._quiet = self._quiet, None
        if quiet is not None:
            quiet.close()

    def detach(self) -> int:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    # --- bytes ------------------------------------------------------------------------

    def send(self, data: Any, flags: int = 0, /) -> int:
        self._opened()
        self._raise_error()
        content = bytes(data)
        if content and self._link is not None:
            self._network.post_data(self._link, content)
        return len(content)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        self.send(data, flags)

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        self._opened()
        self._wait(
            lambda: bool(self._arrived) or self._ended or self._error is not None,
            "socket.recv",
        )
        if not self._arrived:
            self._raise_error()
        data = bytes(self._arrived[:bufsize])
        if not flags & socket.MSG_PEEK:
            # Not up to `bufsize`: more may have arrived meanwhile.
            del self._arrived[: len(data)]
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data)

    def recvfrom(self, bufsize: int, flags: int = 0, /) -> tuple[bytes, Any]:
        return self.recv(bufsize, flags), None

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            self._ended = True
            raise error

    # --- waiting ----------------------------------------------------------------------

    def _deliver(self, message: _Incoming) -> None:
        match message:
            case Connected():
                self._connected = True
            case Refused():
                self._error = connection_error(message)
            case Data(data=data):
                self._arrived += data
            case Hangup(reset=reset):
                # A thread that earlier bytes have woken may look at it just now, or be
                # closing it: so the descriptor comes first.
                quiet = self._quiet
                if quiet is not None:
                    quiet.become_readable()
                if reset:
                    number = errno.ECONNRESET
                    self._error = ConnectionResetError(number, os.strerror(number))
                self._ended = True
        while self._waiters:
            self._network.step.wake(self._waiters.popleft())

    def _wait(self, ready: Callable[[], bool], what: str) -> None:
        """Wait until `ready`, as long as the socket's timeout allows."""
        step, deadline = self._network.step, None
        if self._timeout == 0 and not ready():
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        if self._timeout is not None:
            deadline = step.now + round(self._timeout * NANO)
        while not ready():
            waiter = Waiter()
            # In line first, then look again: what arrives in between finds the waiter.
            self._waiters.append(waiter)
            if ready():
                return
            left = None if deadline is None else (deadline - step.now) / NANO
            if not step.park(waiter, left, what) and not ready():
                raise TimeoutError("timed out")


def _weakly(deliver: Callable[[_Incoming], None]) -> Callable[[_Incoming], None]:
    """Call a method for as long as somebody else holds its object."""
    method = WeakMethod(deliver)

    def call(message: _Incoming) -> None:
        alive = method()
        if alive is not None:
            alive(message)

    return call


def _text(host: Any) -> str:
    return host.decode() if isinstance(host, bytes | bytearray) else str(host)


_real_getaddrinfo = socket.getaddrinfo
_real_gethostbyname = socket.gethostbyname
_real_gethostbyaddr = socket.gethostbyaddr


def _getaddrinfo(
    host: Any,
    port: Any,
    family: int = 0,
    type: int = 0,
    proto: int = 0,
    flags: int = 0,
) -> list[Any]:
    if Fabric.network is None or not host:
        return list(_real_getaddrinfo(host, port, family, type, proto, flags))
    if family == socket.AF_INET6:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return Fabric.network.addresses(_text(host), port)


def _gethostbyname(hostname: str) -> str:
    if Fabric.network is None:
        return _real_gethostbyname(hostname)
    return Fabric.network.resolver.address(_text(hostname))


def _gethostbyaddr(address: str) -> tuple[str, list[str], list[str]]:
    if Fabric.network is None:
        return _real_gethostbyaddr(address)
    resolver = Fabric.network.resolver
    return resolver.name(address), [], [resolver.address(address)]


def install() -> None:
    """Replace sockets and name resolution; inert until a host has a network."""
    for name in ("__name__", "__qualname__"):
        setattr(Socket, name, "socket")
    Socket.__module__ = "socket"
    socket.socket = Socket  # type: ignore[misc]
    socket.getaddrinfo = _getaddrinfo
    socket.gethostbyname = _gethostbyname
    socket.gethostbyaddr = _gethostbyaddr
