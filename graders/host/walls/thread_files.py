"""What the kernel says of a host's threads, opened for it from outside its walls.

Landlock knows folders, and threads come and go: to let a host read what its threads do
would open all of `/proc/self/task`, with command lines, mounts and sockets of this
machine. So the zygote opens the one file of a thread that instruments read, and hands
the descriptor over.
"""

from __future__ import annotations

import _socket
import _thread
import array
import contextlib
import os
import select
import socket
import struct
import sys

# A thread's number; the answer repeats it, or says that there is none.
_NUMBER = struct.Struct("i")
# Bytes for answers that nobody takes. The kernel rounds up; it counts descriptors on
# their way for all processes of a user together.
_ROOM = 1

_allocate_lock = _thread.allocate_lock


def status_file(process: str, thread: int) -> int:
    """Open what the kernel says of the system call that a thread is in.

    Args:
        process: "self", or its number.
        thread: its number.

    Raises:
        OSError: there is no such thread, or it may not be looked at.
    """
    path = f"/proc/{process}/task/{thread}/syscall"
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


class Asking:
    """A host's end.

    Args:
        descriptor: leads to the zygote.
    """

    def __init__(self, descriptor: int) -> None:
        # Not `socket.socket`, whose waits are evidence.
        self._socket = _socket.socket(fileno=descriptor)
        self._lock = _allocate_lock()

    def open(self, thread: int) -> int:
        """As `status_file`, for a thread of this process."""
        number = _NUMBER.pack(thread)
        with self._lock:
            self._socket.send(number)
            size = _NUMBER.size
            said, passed, _, _ = self._socket.recvmsg(size, _socket.CMSG_SPACE(size))
        descriptors = array.array("i")
        for _, _, data in passed:
            descriptors.frombytes(data)
        if said != number or len(descriptors) != 1:
            raise FileNotFoundError(f"thread {thread}")
        return descriptors[0]


class Answering:
    """The zygote's ends, one for each host.

    Args:
        control: where the proctor speaks.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control.fileno()
        self._poll = select.poll()
        self._poll.register(self._control, select.POLLIN)
        self._hosts: dict[int, tuple[int, socket.socket]] = {}

    def add(self, pid: int, ours: socket.socket) -> None:
        """Answer a host from now on.

        Args:
            pid: the number of its process; no other's threads are opened for it.
        """
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM)
        self._hosts[ours.fileno()] = pid, ours
        self._poll.register(ours, select.POLLIN)

    def drop(self, pid: int) -> None:
        """Forget a host that has ended."""
        for descriptor in [key for key, (one, _) in self._hosts.items() if one == pid]:
            self._close(descriptor)

    def wait(self) -> None:
        """Answer hosts until the proctor has something to say."""
        while True:
            ready = [descriptor for descriptor, _ in self._poll.poll()]
            for descriptor in ready:
                if descriptor in self._hosts:
                    self._answer(descriptor)
            if self._control in ready:
                return

    def _answer(self, descriptor: int) -> None:
        pid, ours = self._hosts[descriptor]
        try:
            number = ours.recv(_NUMBER.size)
        except OSError:
            number = b""
        if len(number) != _NUMBER.size:
            # It has ended, or plays with what is not its own.
            self._close(descriptor)
            return
        # An answer that finds no room is lost: who asks waits for each before the next.
        with contextlib.suppress(OSError):
            try:
                opened = status_file(str(pid), *_NUMBER.unpack(number))
            except OSError:
                ours.send(b"-")
                return
            try:
                socket.send_fds(ours, [number], [opened])
            finally:
                os.close(opened)

    def _close(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        _, ours = self._hosts.pop(descriptor)
        ours.close()


def ends() -> tuple[socket.socket, socket.socket] | None:
    """The zygote's end and a host's; None where there is no such file."""
    if sys.platform != "linux":
        return None
    # One message is one question, whatever its sender does.
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
