"""What is said to the processes that start hosts, and what they answer.

A zygote is given a socket, and forks a process for a kata, which speaks there: it hears
what its hosts are `Given` (a list with one or none), says READY, and forks hosts.
Requests come with descriptors: those of the new host's wire, standard input, output and
error.
"""

from __future__ import annotations

import msgspec

DESCRIPTORS = 4
# The first byte of either: hosts can be forked, or a sentence says why not.
READY, UNUSABLE = b"R", b"U"
# What is said to a zygote with a socket.
FOR_A_KATA = b"K"


class Fork(msgspec.Struct, tag=True):
    """Fork a host; four descriptors come along.

    Attributes:
        folder: where it works.
        walls: whether it is walled in.
        stuck: real seconds that a thread of it may hang in the kernel before it counts
            as asleep; None for the usual.
    """

    folder: str
    walls: bool
    stuck: float | None


class Reap(msgspec.Struct, tag=True):
    """Kill what is left of a host's session and say how the host ended."""

    pid: int


class Forked(msgspec.Struct, tag=True):
    pid: int


class Reaped(msgspec.Struct, tag=True):
    """As `os.waitstatus_to_exitcode`: negative for a signal."""

    exit_code: int
