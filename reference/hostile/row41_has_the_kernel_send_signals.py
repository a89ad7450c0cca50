# Row 41. Asks the kernel to send SIGKILL to its parent as soon as a socket has news.
import contextlib
import fcntl
import os
import signal
import socket
import struct

ours, theirs = socket.socketpair()
for command, argument in (
    (fcntl.F_SETOWN, os.getppid()),
    (15, struct.pack("ii", 1, os.getppid())),
    (10, int(signal.SIGKILL)),
    (fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK),
):
    with contextlib.suppress(OSError):
        fcntl.fcntl(ours, command, argument)
for request in (0x5452, 0x8901, 0x8902):
    with contextlib.suppress(OSError):
        fcntl.ioctl(ours, request, struct.pack("i", os.getppid()))
theirs.send(b"x")

# <app>
