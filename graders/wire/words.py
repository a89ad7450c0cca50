"""The words that both sides write: each stands here, once, as a type.

msgspec refuses a message with any other word, and mypy a line that writes one.
"""

from __future__ import annotations

from typing import Literal, get_args

# Nanoseconds in a second.
NANO = 1_000_000_000
# What a host exits with that an exception has brought down.
EXCEPTION_EXIT = 70
# What it exits with when one turn of it has more to say than can be sent.
TOO_LONG_EXIT = 71

# From what is everywhere to what is not.
Wall = Literal["limits", "privileges", "landlock", "seccomp"]
WALLS: tuple[Wall, ...] = get_args(Wall)

# What hosts may need to have imported besides the usual.
Need = Literal["database", "tests"]
DATABASE: Need = "database"
TESTS: Need = "tests"

ServiceKind = Literal["async", "blocking"]
ASYNC: ServiceKind = "async"
BLOCKING: ServiceKind = "blocking"

# Why a submission cannot be loaded.
LoadReason = Literal["syntax", "import", "raised", "ended", "no app"]

# What the instruments report, and what only the outside can see of the same kind.
EvidenceKind = Literal[
    "blocked",
    "client left open",
    "computing",
    "connection left open",
    "connection left out",
    "error never retrieved",
    "executor left open",
    "file",
    "file left open",
    "never awaited",
    "released and never taken",
    "session left open",
    "session overlap",
    "task destroyed",
    "task left",
    "thread left",
    "uncounted thread",
    "unfitting answer",
    "unhandled",
    "unraisable",
    "upstream connection left open",
]

# Steps in the life of a session, a connection or a client.
TraceKind = Literal[
    "checkin",
    "checkout",
    "client closed",
    "client opened",
    "connection closed",
    "connection opened",
    "session begun",
    "session closed",
    "session ended",
    "session opened",
    "session used",
    "statement",
]


def client_address(link: int) -> tuple[str, int]:
    """What a connection's client is called at its other end.

    Args:
        link: the number of the connection.
    """
    return "198.18.255.254", 40_000 + link % 20_000
