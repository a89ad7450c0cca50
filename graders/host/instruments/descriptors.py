"""Waits for descriptors: `select` and its kin, pipes, local sockets.

Each is replaced before the submission is imported, so that `from select import select`
gets the wrapper. A wrapper that has no name of its own to give leaves the naming to the
learner's words.
"""

from __future__ import annotations

import functools
import math
import os
import select
import selectors
import socket
from collections.abc import Callable
from typing import Any

from graders.host.instruments.readiness import Readiness
from graders.host.instruments.system_calls import may_wait

_poll = select.poll
_epoll: Any = getattr(select, "epoll", None)
_send = socket.socket.send
_RECEIVING = (
    *("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into"),
    "accept",
)
_SENDING = ("sendto", "sendmsg")
_SELECTORS = ("SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector")
_READING = ("read", "readv", "eventfd_read")
# So much (bytes) a pipe takes without waiting when it says that it can be written to.
_PIECE = select.PIPE_BUF


class Descriptors:
    """Args:
    readiness: makes the waits.
    """

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    def install(self) -> None:
        """Replace the calls."""
        for name in _READING:
            _replace(os, name, self._reading(f"os.{name}"))
        _replace(os, "write", self._write)
        _replace(select, "select", self._select)
        select.poll = self._polls()  # type: ignore[misc]
        if _epoll is not None:
            select.epoll = self._epolls()  # type: ignore[misc]
        for name in _SELECTORS:
            if hasattr(selectors, name):
                wrap = self._selector(f"selectors.{name}.select")
                _replace(getattr(selectors, name), "select", wrap)
        for name in _RECEIVING:
            wrap = self._on_socket(f"socket.{name}", select.POLLIN)
            _replace(socket.socket, name, wrap)
        for name in _SENDING:
            wrap = self._on_socket(f"socket.{name}", select.POLLOUT)
            _replace(socket.socket, name, wrap)
        for name in ("send", "sendall"):
            _replace(socket.socket, name, self._sending(f"socket.{name}"))

    # --- pipes ------------------------------------------------------------------------

    def _reading(self, what: str) -> Callable[[Any], Any]:
        readiness = self._readiness

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def read(fd: int, *args: Any, **kwargs: Any) -> Any:
                if readiness.applies and may_wait(fd):
                    readiness.descriptor(fd, select.POLLIN, None, what)
                return real(fd, *args, **kwargs)

            return read

        return wrap

    def _write(self, real: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
        readiness = self._readiness

        def write(fd: int, data: Any, /) -> int:
            if not (readiness.applies and may_wait(fd)):
                return real(fd, data)
            rest = memoryview(data).cast("B")
            while True:
                readiness.descriptor(fd, select.POLLOUT, None, "os.write")
                rest = rest[real(fd, rest[:_PIECE]) :]
                if not rest:
                    return memoryview(data).nbytes

        return write

    # --- select and its kin -----------------------------------------------------------

    def _select(self, real: Callable[..., Any]) -> Callable[..., Any]:
        readiness = self._readiness

        def select(
            rlist: Any, wlist: Any, xlist: Any, timeout: float | None = None, /
        ) -> Any:
            if _at_once(timeout) or not readiness.applies:
                return real(rlist, wlist, xlist, timeout)
            # An iterator is used up by the first look.
            lists = list(rlist), list(wlist), list(xlist)

            def ask() -> Any:
                found = real(*lists, 0)
                return found if any(found) else None

            return readiness.until(ask, timeout, "select.select") or ([], [], [])

        return select

    def _selector(self, what: str) -> Callable[[Any], Any]:
        readiness = self._readiness

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def select(self: Any, timeout: float | None = None) -> Any:
                if _at_once(timeout) or not readiness.applies:
                    return real(self, timeout)
                return readiness.until(lambda: real(self, 0), timeout, what)

            return select

        return wrap

    def _polls(self) -> Any:
        readiness = self._readiness

        class poll(_Delegate):
            """What `select.poll()` makes."""

            def __init__(self) -> None:
                super().__init__(_poll())

            def poll(self, timeout: float | None = None, /) -> Any:
                real = self._real.poll
                if timeout == 0 or not readiness.applies:
                    return real(timeout)
                limit = None if timeout is None or timeout < 0 else timeout / 1000
                return readiness.until(lambda: real(0), limit, "")

        return poll

    def _epolls(self) -> Any:
        readiness = self._readiness

        class epoll(_Delegate):
            """Stands for `select.epoll`."""

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(_epoll(*args, **kwargs))

            @classmethod
            def fromfd(cls, fd: int, /) -> Any:
                made = cls.__new__(cls)
                _Delegate.__init__(made, _epoll.fromfd(fd))
                return made

            @property
            def closed(self) -> bool:
                return bool(self._real.closed)

            def __enter__(self) -> Any:
                self._real.__enter__()
                return self

            def __exit__(self, *exc_info: object) -> None:
                self._real.close()

            def poll(self, timeout: float | None = None, maxevents: int = -1) -> Any:
                real = self._real.poll
                if timeout == 0 or not readiness.applies:
                    return real(timeout, maxevents)
                limit = None if timeout is None or timeout < 0 else timeout
                return readiness.until(lambda: real(0, maxevents), limit, "")

        return epoll

    # --- sockets ----------------------------------------------------------------------

    def _waits(self, own: Any, args: tuple[Any, ...]) -> bool:
        return (
            own.gettimeout() != 0 and not _dont_wait(args) and self._readiness.applies
        )

    def _on_socket(self, what: str, events: int) -> Callable[[Any], Any]:
        waits, descriptor = self._waits, self._readiness.descriptor

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(self: socket.socket, *args: Any, **kwargs: Any) -> Any:
                if waits(self, args):
                    limit = self.gettimeout()
                    if not descriptor(self.fileno(), events, limit, what):
                        raise TimeoutError("timed out")
                return real(self, *args, **kwargs)

            return call

        return wrap

    def _sending(self, what: str) -> Callable[[Any], Any]:
        waits, descriptor = self._waits, self._readiness.descriptor

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def sent(self: socket.socket, data: Any, flags: int = 0, /) -> Any:
                if not waits(self, (data, flags)):
                    return real(self, data, flags)
                limit, rest = self.gettimeout(), memoryview(data).cast("B")
                while True:
                    if not descriptor(self.fileno(), select.POLLOUT, limit, what):
                        raise TimeoutError("timed out")
                    try:
                        rest = rest[_send(self, rest, flags | socket.MSG_DONTWAIT) :]
                    except BlockingIOError:
                        # Another thread was faster.
                        continue
                    if not rest or (real is _send and limit is not None):
                        break
                size = memoryview(data).nbytes
                return size - len(rest) if real is _send else None

            return sent

        return wrap


class _Delegate:
    """Does all that an object of C does, which can be no base class."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def _replace(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    real = getattr(owner, name, None)
    if real is not None:
        setattr(owner, name, functools.wraps(real)(wrap(real)))


def _at_once(timeout: float | None) -> bool:
    # The real call says what is wrong with something that is no number.
    if not isinstance(timeout, int | float):
        return timeout is not None
    return timeout <= 0 or math.isnan(timeout)


def _dont_wait(args: tuple[Any, ...]) -> bool:
    return any(
        isinstance(flags, int) and flags & socket.MSG_DONTWAIT for flags in args[1:]
    )
