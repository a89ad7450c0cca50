"""Opening a pipe that has a name waits for somebody at its other end.

In the kernel, where nobody sees it and no thread of ours could go on; so the opening is
tried without waiting, again and again, as any other wait on the exam's clock.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import select
import stat
from collections.abc import Callable
from typing import Any

from graders.host.instruments.readiness import Readiness

_open, _stat, _poll = os.open, os.stat, select.poll


# Linux has `tee`, and nobody else: elsewhere these waits are real ones.
# https://man7.org/linux/man-pages/man2/tee.2.html
def _of_the_c_library(name: str) -> Any:
    """A function of the C library; None where there is none, or no library."""
    try:
        return getattr(ctypes.CDLL(None, use_errno=True), name, None)
    except (OSError, TypeError):
        return None


_tee = _of_the_c_library("tee")
_DO_NOT_WAIT = 2  # SPLICE_F_NONBLOCK


class Fifos:
    """Args:
    readiness: makes the waits.
    """

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    def install(self) -> None:
        """Replace `os.open`."""

        @functools.wraps(_open)
        def open(path: Any, flags: int, mode: int = 0o777, **options: Any) -> int:
            if self._waits(path, flags, **options):
                return self._wait(path, flags, mode, "os.open", **options)
            return _open(path, flags, mode, **options)

        os.open = open
        os.supports_dir_fd.add(open)

    def opener_for(self, file: Any) -> Callable[[Any, int], int] | None:
        """What `open` shall open such a pipe with; None for everything else."""
        if not isinstance(file, str | bytes | os.PathLike) or not self._waits(file, 0):
            return None

        def opener(path: Any, flags: int) -> int:
            if flags & (os.O_RDWR | os.O_NONBLOCK):
                return _open(path, flags)
            return self._wait(path, flags, 0o666, "open")

        return opener

    def _waits(self, path: Any, flags: int, **options: Any) -> bool:
        at_once = flags & (os.O_RDWR | os.O_NONBLOCK)
        if at_once or _tee is None or not self._readiness.applies:
            return False
        try:
            return stat.S_ISFIFO(_stat(path, **options).st_mode)
        except (OSError, ValueError, TypeError):
            # The real call says what is wrong.
            return False

    def _wait(self, path: Any, flags: int, mode: int, what: str, **options: Any) -> int:
        flags |= os.O_NONBLOCK
        if flags & os.O_WRONLY:
            opened = list[int]()

            def has_reader() -> bool:
                try:
                    opened.append(_open(path, flags, mode, **options))
                except OSError as exc:
                    if exc.errno == errno.ENXIO:
                        return False
                    raise
                return True

            self._readiness.until(has_reader, None, what)
            descriptor = opened[0]
        else:
            # Others must find a reader from now on.
            descriptor = _open(path, flags, mode, **options)
            has_writer = _Peek(descriptor)
            try:
                self._readiness.until(has_writer, None, what)
            except BaseException:
                os.close(descriptor)
                raise
            finally:
                has_writer.close()
        os.set_blocking(descriptor, True)
        return descriptor


class _Peek:
    """Whether somebody writes to a pipe, or has done so since it was opened.

    Args:
        descriptor: its reading end, opened without waiting.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = _poll()
        self._poll.register(descriptor, select.POLLIN)
        self._reader, self._writer = os.pipe()

    def __call__(self) -> bool:
        if self._poll.poll(0):
            return True
        # To copy a byte takes none away; that there is none yet, and no end either,
        # means that a writer is silent.
        copied = _tee(self._descriptor, self._writer, 1, _DO_NOT_WAIT)
        return copied > 0 or (copied < 0 and ctypes.get_errno() == errno.EAGAIN)

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)
