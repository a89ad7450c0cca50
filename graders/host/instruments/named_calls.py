"""Blocking calls that are known by name: each is evidence the moment it has to wait.

The primitives of `threading`, `queue` and `time` report themselves when they park, and
so do `descriptors` and `fifos`; these are the others. They are replaced before the
submission is imported, so that `from signal import pause` gets the wrapper. A call that
another thread can end waits on the exam's clock; the others wait as they always do.
"""

from __future__ import annotations

import builtins
import fcntl
import functools
import importlib
import ipaddress
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from graders.host.clock.locks import exempt
from graders.host.instruments.loop_monitor import LoopMonitor
from graders.host.instruments.readiness import Readiness

_multiprocessing: Any = importlib.import_module("_multiprocessing")
_flock, _lockf = fcntl.flock, fcntl.lockf
_sigtimedwait: Any = getattr(signal, "sigtimedwait", None)

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
)
# Resolving a name asks the network.
_LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")


class NamedCalls:
    """Args:
    monitor: announces what the loop's thread is about to do.
    readiness: waits on the exam's clock.
    """

    def __init__(self, monitor: LoopMonitor, readiness: Readiness) -> None:
        self._monitor = monitor
        self._readiness = readiness

    def install(self) -> None:
        """Replace the calls."""
        for owner, name, shown in _ALWAYS:
            self._replace(owner, name, self._announcing(shown))
        for name in _LOOKUPS:
            self._replace(socket, name, self._looking_up(f"socket.{name}"))
        for name in ("wait", "communicate"):
            self._replace(subprocess.Popen, name, self._on_program(name))
        self._replace(os, "waitpid", self._waitpid)
        self._replace(signal, "pause", self._pause)
        for name in ("sigwait", "sigwaitinfo", "sigtimedwait"):
            wrap = self._for_signal(f"signal.{name}", whole=name != "sigwait")
            self._replace(signal, name, wrap)
        self._replace(fcntl, "flock", self._locking("fcntl.flock", _flock))
        self._replace_semaphores()
        self._replace(fcntl, "lockf", self._locking("fcntl.lockf", _lockf))

    @staticmethod
    def _replace(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        real = getattr(owner, name, None)
        if real is not None:
            setattr(owner, name, functools.wraps(real)(wrap(real)))

    # --- calls that are announced and made -------------------------------------------

    def _announcing(self, shown: str) -> Callable[[Any], Any]:
        monitor = self._monitor

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def announced(*args: Any, **kwargs: Any) -> Any:
                if not monitor.on:
                    return real(*args, **kwargs)
                with monitor.announced("blocked", sys._getframe(1), shown):
                    return real(*args, **kwargs)

            return announced

        return wrap

    def _looking_up(self, shown: str) -> Callable[[Any], Any]:
        monitor = self._monitor

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def looked_up(host: Any, *args: Any, **kwargs: Any) -> Any:
                if monitor.on and not _is_known(host):
                    monitor.announce("blocked", sys._getframe(1), shown)
                return real(host, *args, **kwargs)

            return looked_up

        return wrap

    def _on_program(self, name: str) -> Callable[[Any], Any]:
        monitor = self._monitor

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def waited(self: Any, *args: Any, **kwargs: Any) -> Any:
                if not monitor.on or self.returncode is not None:
                    # A program takes real time, and its end is looked for by napping.
                    with exempt():
                        return real(self, *args, **kwargs)
                with monitor.announced(
                    "blocked", sys._getframe(1), f"subprocess.Popen.{name}"
                ):
                    return real(self, *args, **kwargs)

            return waited

        return wrap

    def _waitpid(self, real: Callable[..., Any]) -> Callable[..., Any]:
        monitor = self._monitor

        def waitpid(pid: int, options: int, /) -> Any:
            if options & os.WNOHANG or not monitor.on or _has_ended(pid):
                return real(pid, options)
            with monitor.announced("blocked", sys._getframe(1), "os.waitpid"):
                return real(pid, options)

        return waitpid

    # --- calls that wait on the exam's clock -----------------------------------------

    def _pause(self, real: Callable[[], None]) -> Callable[[], None]:
        readiness = self._readiness

        def pause() -> None:
            if not readiness.applies:
                real()
            else:
                readiness.until(lambda: False, None, "signal.pause")

        return pause

    def _replace_semaphores(self) -> None:
        """Those between processes, which threads may share as well."""
        readiness = self._readiness

        class SemLock(_multiprocessing.SemLock):  # type: ignore[misc]
            def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
                take = super().acquire
                if not block or not readiness.applies:
                    return bool(take(block, timeout))
                if timeout is not None and timeout <= 0:
                    return bool(take(False))
                # The thread that waits must be the one that takes it.
                while not take(False):
                    if not readiness.until(lambda: not self._is_zero(), timeout, ""):
                        return bool(take(False))
                return True

            __enter__ = acquire

        _multiprocessing.SemLock = SemLock

    def _for_signal(self, what: str, *, whole: bool) -> Callable[[Any], Any]:
        """Args:
        whole: whether the call answers with all that is known of the signal.
        """
        readiness = self._readiness

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def waited(sigset: Any, timeout: float | None = None, /) -> Any:
                if not readiness.applies or (timeout is not None and timeout <= 0):
                    return real(sigset, *(() if timeout is None else (timeout,)))
                signals = set(sigset)
                found = readiness.until(
                    lambda: _sigtimedwait(signals, 0), timeout, what
                )
                return found if whole else found.si_signo

            return waited

        return wrap

    def _locking(self, what: str, lock: Callable[..., Any]) -> Callable[[Any], Any]:
        readiness = self._readiness

        def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
            def locked(fd: Any, operation: int, *args: Any) -> Any:
                brief = operation & (fcntl.LOCK_NB | fcntl.LOCK_UN)
                if brief or not readiness.applies:
                    return real(fd, operation, *args)

                def taken() -> bool:
                    try:
                        lock(fd, operation | fcntl.LOCK_NB, *args)
                    except (BlockingIOError, PermissionError):
                        return False
                    return True

                readiness.until(taken, None, what)
                return None

            return locked

        return wrap


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
