"""What a thread is doing in the kernel, as /proc tells it.

Where the platform has no `/proc/self/task/<tid>/syscall`, nothing is seen and nothing
is claimed.
"""

from __future__ import annotations

import _thread
import ctypes
import os
import platform
import stat
import sys
import time
from collections.abc import Callable
from functools import partial

from graders.host.clock.this_machine import ThisMachine
from graders.host.walls.thread_files import status_file
from graders.wire import limits, real

# The calls in which a thread sleeps until something else happens, by their numbers.
_X86_64 = {
    0: "read",
    1: "write",
    7: "poll",
    19: "readv",
    20: "writev",
    23: "select",
    34: "pause",
    35: "nanosleep",
    40: "sendfile",
    42: "connect",
    43: "accept",
    44: "sendto",
    45: "recvfrom",
    46: "sendmsg",
    47: "recvmsg",
    61: "wait4",
    65: "semop",
    69: "msgsnd",
    70: "msgrcv",
    72: "fcntl",
    73: "flock",
    128: "rt_sigtimedwait",
    130: "rt_sigsuspend",
    202: "futex",
    208: "io_getevents",
    220: "semtimedop",
    230: "clock_nanosleep",
    232: "epoll_wait",
    242: "mq_timedsend",
    243: "mq_timedreceive",
    247: "waitid",
    270: "pselect6",
    271: "ppoll",
    275: "splice",
    281: "epoll_pwait",
    288: "accept4",
    299: "recvmmsg",
    426: "io_uring_enter",
    441: "epoll_pwait2",
    449: "futex_waitv",
    455: "futex_wait",
}
_AARCH64 = {
    4: "io_getevents",
    22: "epoll_pwait",
    25: "fcntl",
    32: "flock",
    63: "read",
    64: "write",
    65: "readv",
    66: "writev",
    71: "sendfile",
    72: "pselect6",
    73: "ppoll",
    76: "splice",
    95: "waitid",
    98: "futex",
    101: "nanosleep",
    115: "clock_nanosleep",
    133: "rt_sigsuspend",
    137: "rt_sigtimedwait",
    182: "mq_timedsend",
    183: "mq_timedreceive",
    188: "msgrcv",
    189: "msgsnd",
    192: "semtimedop",
    193: "semop",
    202: "accept",
    203: "connect",
    206: "sendto",
    207: "recvfrom",
    211: "sendmsg",
    212: "recvmsg",
    242: "accept4",
    243: "recvmmsg",
    260: "wait4",
    426: "io_uring_enter",
    441: "epoll_pwait2",
    449: "futex_waitv",
    455: "futex_wait",
}
_CALLS = {"x86_64": _X86_64, "aarch64": _AARCH64}.get(platform.machine(), {})

_ON_DESCRIPTORS = frozenset({"read", "write", "readv", "writev"})
_LOCKING_COMMANDS = frozenset({7, 38})  # F_SETLKW, F_OFD_SETLKW
_STANDARD = 3  # 0, 1 and 2 belong to whoever reads the output
# The GIL's mutexes and conditions stand in one struct; each has several futex words.
_GIL_SPAN = 256

_pread, _fstat = os.pread, os.fstat


def _pread_with_gil(descriptor: int, size: int, offset: int) -> bytes:
    buffer = ctypes.create_string_buffer(size)
    length = ctypes.pythonapi.pread(descriptor, buffer, size, ctypes.c_long(offset))
    return buffer.raw[: max(0, length)]


class Gil:
    """The addresses on which threads wait for the GIL. None known: no futex counts."""

    addresses: tuple[int, int] | None = None

    @classmethod
    def learn(cls) -> None:
        """Let a thread wait for the GIL while this one keeps it, and look where.

        The address stays the same in every process forked from this one.
        """
        tids: list[int] = []
        gate, ended = _thread.allocate_lock(), _thread.allocate_lock()
        gate.acquire()
        ended.acquire()

        def pass_the_gate() -> None:
            tids.append(_thread.get_native_id())
            gate.acquire()
            ended.release()

        interval = sys.getswitchinterval()
        _thread.start_new_thread(pass_the_gate, ())
        while not tids:
            time.sleep(0)
        file = ThreadFile.open(tids[0])
        sys.setswitchinterval(real.lasting(ThisMachine.speed.patience(limits.GIL)))
        try:
            if file is not None:
                cls.addresses = cls._address(file, gate)
        finally:
            sys.setswitchinterval(interval)
            if gate.locked():
                gate.release()
            ended.acquire()
            if file is not None:
                file.close()
        # A fork must find no thread of ours that is still on its way out.
        while os.path.exists(f"/proc/self/task/{tids[0]}"):
            time.sleep(0)

    @staticmethod
    def _address(file: ThreadFile, gate: _thread.LockType) -> tuple[int, int] | None:
        while (call := file.asleep_in()) is None or call.name != "futex":
            # It has the GIL all to itself meanwhile, so it is soon there.
            real.sleep(limits.GLANCE)
        at_the_gate = call.arguments[0]
        gate.release()
        end = real.monotonic() + ThisMachine.speed.patience(limits.GIL) / 2
        while real.monotonic() < end:
            call = file.asleep_in(keep_the_gil=True)
            if call is not None and call.arguments[0] != at_the_gate:
                return call.arguments[0] - _GIL_SPAN, call.arguments[0] + _GIL_SPAN
        return None

    @classmethod
    def holds(cls, address: int) -> bool:
        """Whether a futex may be the GIL's."""
        if cls.addresses is None:
            return True
        low, high = cls.addresses
        return low <= address <= high


class SystemCall:
    """One call in which a thread was found asleep."""

    __slots__ = ("arguments", "name", "text")

    def __init__(self, name: str, arguments: list[int], text: bytes) -> None:
        self.name = name
        self.arguments = arguments
        self.text = text

    @property
    def is_lock(self) -> bool:
        """Whether another thread of this process may end it."""
        return self.name.startswith("futex")

    @property
    def blocks(self) -> bool:
        """Whether it waits for something other than the GIL, a disk or a reader."""
        first = self.arguments[0] if self.arguments else 0
        if self.is_lock:
            return not Gil.holds(first)
        if self.name in _ON_DESCRIPTORS:
            return first >= _STANDARD and not is_file(first)
        if self.name == "sendfile":
            # Where the bytes go to; they come from a disk.
            return not is_file(first) and os.get_blocking(first)
        if self.name == "splice":
            return not is_file(first) and not is_file(self.arguments[2])
        if self.name == "fcntl":
            return self.arguments[1] in _LOCKING_COMMANDS
        return True


class ThreadFile:
    """`/proc/self/task/<tid>/syscall`, opened once and read again and again.

    Args:
        descriptor: stays open behind walls that would no longer let it be opened.
    """

    # Opens it, by the thread's number; somebody else's doing behind the walls.
    opens: Callable[[int], int] = staticmethod(partial(status_file, "self"))

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def open(cls, tid: int) -> ThreadFile | None:
        """The file of a thread of this process, if there is one that can be read."""
        try:
            descriptor = cls.opens(tid)
        except OSError:
            return None
        try:
            _pread(descriptor, 1, 0)
        except OSError:
            os.close(descriptor)
            return None
        return cls(descriptor)

    def close(self) -> None:
        os.close(self._descriptor)

    def asleep_in(self, *, keep_the_gil: bool = False) -> SystemCall | None:
        """The call in which the thread sleeps, if it is one of those that wait.

        Args:
            keep_the_gil: do not let other threads run meanwhile.
        """
        try:
            text = (_pread_with_gil if keep_the_gil else _pread)(
                self._descriptor, 256, 0
            )
        except OSError:
            return None
        number, _, rest = text.partition(b" ")
        if not number.isdigit():
            return None
        name = _CALLS.get(int(number))
        if name is None:
            return None
        return SystemCall(name, [int(word, 16) for word in rest.split()], text)


def is_file(descriptor: int) -> bool:
    """Whether a descriptor leads to a disk: waiting for that is file access."""
    try:
        mode = _fstat(descriptor).st_mode
    except OSError:
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISBLK(mode)


def may_wait(descriptor: int) -> bool:
    """Whether reading or writing may wait for somebody else's doing."""
    return (
        descriptor >= _STANDARD
        and not is_file(descriptor)
        and os.get_blocking(descriptor)
    )
