"""What is said to the process that starts hosts, and what it answers.

Requests come with descriptors: those of the new host's wire, standard input, output and
error.
"""

from __future__ import annotations

import msgspec

DESCRIPTORS = 4
# The first byte of a zygote: hosts can be forked, or a sentence says why not.
READY, UNUSABLE = b"R", b"U"


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
