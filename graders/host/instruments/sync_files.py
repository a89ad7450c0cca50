"""Synchronous access to files, as evidence of its own kind, and pipes behind files.

A small file is read in no time and most katas say nothing about it; a suite decides
whether it counts. What CPython announces comes through an audit hook, which nobody can
remove. Reading and writing have no event: the raw file below an opened one tells.
"""

from __future__ import annotations

import builtins
import functools
import io
import select
import sys
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

from graders.host import os_functions
from graders.host.instruments.fifos import Fifos
from graders.host.instruments.loop_monitor import LoopMonitor
from graders.host.instruments.readiness import Readiness
from graders.host.instruments.system_calls import is_file, may_wait
from graders.wire import HTTP_LIBRARIES

_EVENTS = frozenset(
    {
        "open",
        "os.chmod",
        "os.link",
        "os.listdir",
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.scandir",
        "os.symlink",
        "os.truncate",
        "os.utime",
    }
)
# These have no event.
_SILENT = ("access", "fdatasync", "fsync", "lstat", "stat")
# Imports, tracebacks, log lines, the system's table of file types (which a response
# that sends a file looks up, once) and certificates are nobody's file access.
_HOUSEKEEPING = (
    "importlib",
    "linecache",
    "logging",
    "mimetypes",
    "traceback",
    "warnings",
    "zipimport",
    *(library.core for library in HTTP_LIBRARIES),
)

# Of `open`: file, mode, buffering, encoding, errors, newline, closefd, opener.
_PLACE_OF_OPENER = 8

_real_open = io.open


class Files:
    """Args:
    monitor: records what the loop's thread does.
    readiness: makes the waits for pipes.
    fifos: opens those that have a name.
    """

    def __init__(
        self, monitor: LoopMonitor, readiness: Readiness, fifos: Fifos
    ) -> None:
        self._monitor = monitor
        self._readiness = readiness
        self._fifos = fifos

    def install(self) -> None:
        """Replace `open`, and listen to what CPython announces."""
        opened, opener_for = self._opened, self._fifos.opener_for
        monitor = self._monitor

        @functools.wraps(_real_open)
        def open(*args: Any, **kwargs: Any) -> Any:
            opener = (
                opener_for(args[0]) if len(args) < _PLACE_OF_OPENER and args else None
            )
            if opener is not None:
                kwargs.setdefault("opener", opener)
            made = _real_open(*args, **kwargs)
            opened(made)
            if monitor.waits:
                monitor.step.step_aside()
            return made

        builtins.open = io.open = open
        for name in _SILENT:
            os_functions.replace(name, functools.partial(self._telling, name))
        sys.addaudithook(self._audit)

    def _telling(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        monitor = self._monitor

        def call(*args: Any, **kwargs: Any) -> Any:
            if monitor.on:
                self._record(sys._getframe(1), f"os.{name}")
            return real(*args, **kwargs)

        return call

    # --- what CPython announces -----------------------------------------------------

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event in _EVENTS and self._monitor.on and not isinstance(args[0], int):
            self._record(sys._getframe(1), "" if event != "open" else "open")

    def _record(self, frame: FrameType | None, what: str) -> None:
        labels, look = self._monitor.recorder.sites.labels, frame
        while look is not None and look.f_code.co_filename not in labels:
            name = str(look.f_globals.get("__name__", ""))
            if name.partition(".")[0] in _HOUSEKEEPING:
                return
            look = look.f_back
        if look is not None:
            self._monitor.announce("file", frame, what)

    # --- opened files ---------------------------------------------------------------

    def _opened(self, made: Any) -> None:
        """Let the raw file under a new one report what is read and written."""
        raw = getattr(made, "buffer", made)
        raw = getattr(raw, "raw", raw)
        if type(raw) is not io.FileIO:
            return
        own = weakref.ref(raw)
        site = self._monitor.recorder.here()
        # Called by the file above it when that is thrown away and still open.
        raw._dealloc_warn = (  # type: ignore[attr-defined]
            lambda source: self._monitor.recorder.record(
                "file left open", "a file", site
            )
        )
        for name in ("read", "readall", "readinto", "write"):
            setattr(raw, name, self._reporting(own, name))

    def _reporting(self, own: weakref.ref[io.FileIO], name: str) -> Callable[..., Any]:
        monitor, real = self._monitor, getattr(io.FileIO, name)
        verb = "write" if name == "write" else "read"

        def call(*args: Any) -> Any:
            raw = own()
            if raw is not None and (monitor.on or monitor.waits):
                self._used(raw, verb)
                # A thread that waits for a disk lets others run.
                monitor.step.step_aside()
            return real(raw, *args)

        return call

    def _used(self, raw: io.FileIO, verb: str) -> None:
        descriptor = raw.fileno()
        if is_file(descriptor):
            if self._monitor.on:
                self._record(sys._getframe(2), f"file.{verb}")
        elif may_wait(descriptor) and self._readiness.applies:
            events = select.POLLIN if verb == "read" else select.POLLOUT
            self._readiness.descriptor(descriptor, events, None, f"file.{verb}")
