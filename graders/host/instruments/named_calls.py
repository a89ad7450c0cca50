"""Blocking calls that are known by name: each is evidence the moment it has to wait.

The primitives of `threading`, `queue` and `time` report themselves when they park;
these are the others. They are replaced before the submission is imported, so that `from
select import select` gets the wrapper. A call that another thread can end waits on the
exam's clock; the others wait as they always do.
"""

from __future__ import annotations

import builtins
import fcntl
import functools
import ipaddress
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from graders.host._current import Current
from graders.host._lockstep import Waiter
from graders.host.instruments.duty import Duty
from graders.host.instruments.system_calls import may_wait
from graders.wire import limits, real

_poll, _select = select.poll, select.select
_flock, _lockf = fcntl.flock, fcntl.lockf

# Calls that wait whenever they are made.
_ALWAYS: tuple[tuple[Any, str, str], ...] = (
    (builtins, "input", "input"),
    (os, "system", "os.system"),
    (os, "popen", "os.popen"),
    (os, "wait", "os.wait"),
    (os, "wait3", "os.wait3"),
    (os, "wait4", "os.wait4"),
    (subprocess, "run", "subprocess.run"),
    (subprocess, "call", "subprocess.call"),
    (subprocess, "check_call", "subprocess.check_call"),
    (subprocess, "check_output", "subprocess.check_output"),
    (subprocess, "getoutput", "subprocess.getoutput"),
    (subprocess, "getstatusoutput", "subprocess.getstatusoutput"),
    (signal, "sigwait", "signal.sigwait"),
    (signal, "sigwaitinfo", "signal.sigwaitinfo"),
    (signal, "sigtimedwait", "signal.sigtimedwait"),
)
# Resolving a name asks the network.
_LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
_RECEIVING = ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "accept")
_SENDING = ("send", "sendall", "sendto", "sendmsg")


class NamedCalls:
    def __init__(self, duty: Duty) -> None:
        self._duty = duty

    def install(self) -> None:
        """Replace the calls."""
        for owner, name, shown in _ALWAYS:
            self._replace(owner, name, self._announcing(shown))
        for name in _LOOKUPS:
            self._replace(socket, name, self._looking_up(f"socket.{name}"))
        for name in _RECEIVING:
            wrap = self._on_socket(f"socket.{name}", select.POLLIN)
            self._replace(socket.socket, name, wrap)
        for name in _SENDING:
            wrap = self._on_socket(f"socket.{name}", select.POLLOUT)
            self._replace(socket.socket, name, wrap)
        for name in ("wait", "communicate"):
            self._replace(subprocess.Popen, name, self._on_program(name))
        self._replace(os, "read", self._on_descriptor("os.read", select.POLLIN))
        self._replace(os, "write", self._on_descriptor("os.write", select.POLLOUT))
        self._replace(os, "waitpid", self._waitpid)
        self._replace(select, "select", self._select)
        self._replace(signal, "pause", self._pause)
        self._replace(fcntl, "flock", self._locking("fcntl.flock", _flock))
        self._replace(fcntl, "lockf", self._locking("fcntl.lockf", _lockf))

    @staticmethod
    def _replace(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        real = getattr(owner, name, None)
        if real is not None:
            setattr(owner, name, functools.wraps(real)(wrap(real)))

    # --- calls that are announced and made -------------------------------------------

    def _announcing(self, shown: str) -> Callable[[Any], Any]:
        duty = self._duty

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def announced(*args: Any, **kwargs: Any) -> Any:
                if not duty.on:
                    return real(*args, **kwargs)
                with duty.announced("blocked", sys._getframe(1), shown):
                    return real(*args, **kwargs)

            return announced

        return wrap

    def _looking_up(self, shown: str) -> Callable[[Any], Any]:
        duty = self._duty

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def looked_up(host: Any, *args: Any, **kwargs: Any) -> Any:
                if duty.on and not _is_known(host):
                    duty.announce("blocked", sys._getframe(1), shown)
                return real(host, *args, **kwargs)

            return looked_up

        return wrap

    def _on_program(self, name: str) -> Callable[[Any], Any]:
        duty = self._duty

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def waited(self: Any, *args: Any, **kwargs: Any) -> Any:
                if not duty.on or self.returncode is not None:
                    return real(self, *args, **kwargs)
                with duty.announced(
                    "blocked", sys._getframe(1), f"subprocess.Popen.{name}"
                ):
                    return real(self, *args, **kwargs)

            return waited

        return wrap

    def _waitpid(self, real: Callable[..., Any]) -> Callable[..., Any]:
        duty = self._duty

        def waitpid(pid: int, options: int, /) -> Any:
            if options & os.WNOHANG or not duty.on or _has_ended(pid):
                return real(pid, options)
            with duty.announced("blocked", sys._getframe(1), "os.waitpid"):
                return real(pid, options)

        return waitpid

    # --- calls that wait on the exam's clock -----------------------------------------

    def hold(self, ready: Callable[[], bool], timeout: float | None, what: str) -> bool:
        """Hold up the loop until `ready`, or until virtual seconds have passed."""
        return self._duty.step.park(Waiter(), timeout, what, ready)

    def await_descriptor(
        self, descriptor: int, events: int, timeout: float | None, what: str
    ) -> None:
        """Hold up the loop until a descriptor is ready; nothing when it is."""
        poll = _poll()
        poll.register(descriptor, events)
        if poll.poll(0):
            return
        patience = real.lasting(Current.machine.patience(limits.OUTSIDE))
        graces = iter((patience * 1000,))
        self.hold(lambda: bool(poll.poll(next(graces, 0))), timeout, what)

    def _on_socket(self, what: str, events: int) -> Callable[[Any], Any]:
        duty, wait = self._duty, self.await_descriptor

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(self: socket.socket, *args: Any, **kwargs: Any) -> Any:
                timeout = self.gettimeout()
                if timeout != 0 and duty.on and not _dont_wait(args):
                    wait(self.fileno(), events, timeout, what)
                return real(self, *args, **kwargs)

            return call

        return wrap

    def _on_descriptor(self, what: str, events: int) -> Callable[[Any], Any]:
        duty, wait = self._duty, self.await_descriptor

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(descriptor: int, *args: Any) -> Any:
                if duty.on and may_wait(descriptor):
                    wait(descriptor, events, None, what)
                return real(descriptor, *args)

            return call

        return wrap

    def _select(self, real: Callable[..., Any]) -> Callable[..., Any]:
        duty, hold = self._duty, self.hold

        def select(
            rlist: Any, wlist: Any, xlist: Any, timeout: float | None = None, /
        ) -> Any:
            if not duty.on or (timeout is not None and timeout <= 0):
                return real(rlist, wlist, xlist, timeout)
            found = real(rlist, wlist, xlist, 0)
            if any(found):
                return found
            hold(lambda: any(real(rlist, wlist, xlist, 0)), timeout, "select.select")
            return real(rlist, wlist, xlist, 0)

        return select

    def _pause(self, real: Callable[[], None]) -> Callable[[], None]:
        duty, hold = self._duty, self.hold

        def pause() -> None:
            if not duty.on:
                real()
            else:
                hold(lambda: False, None, "signal.pause")

        return pause

    def _locking(self, what: str, lock: Callable[..., Any]) -> Callable[[Any], Any]:
        duty, hold = self._duty, self.hold

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def locked(fd: Any, operation: int, *args: Any) -> Any:
                if operation & (fcntl.LOCK_NB | fcntl.LOCK_UN) or not duty.on:
                    return real(fd, operation, *args)

                def taken() -> bool:
                    try:
                        lock(fd, operation | fcntl.LOCK_NB, *args)
                    except BlockingIOError:
                        return False
                    return True

                if not taken():
                    hold(taken, None, what)
                return None

            return locked

        return wrap


def _dont_wait(args: tuple[Any, ...]) -> bool:
    return any(
        isinstance(flags, int) and flags & socket.MSG_DONTWAIT for flags in args[1:]
    )


def _is_known(host: Any) -> bool:
    """Whether a host needs no name server."""
    if not host or host in ("localhost", b"localhost"):
        return True
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except (ValueError, AttributeError):
        return False
    return True


def _has_ended(pid: int) -> bool:
    if not hasattr(os, "waitid"):
        # Nobody can ask without taking the answer away.
        return False
    try:
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        kind = os.P_PID if pid > 0 else os.P_ALL
        return os.waitid(kind, max(pid, 0), options) is not None
    except OSError:
        return True
