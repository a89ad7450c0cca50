"""Made-up observations, which a host reports by the way of its real ones.

A submission shares its process with the instruments and may silence them, and what is
not told cannot be seen from outside. So the proctor asks for a report of things that
never were. Where they do not arrive, a host's silence means nothing.

Who reads this can tell them from real ones in the host, with care; what is left to a
submission then is told in `reference/hostile/README.md`.
"""

from __future__ import annotations

import re
import secrets

from graders.proctor.submission.submission import Submission
from graders.wire import CallCancelled, Evidence, Site, Trace
from graders.wire.words import EvidenceKind, TraceKind

Echo = Evidence | Trace | CallCancelled

_EVIDENCE: tuple[EvidenceKind, ...] = (
    "blocked",
    "computing",
    "never awaited",
    "task left",
    "client left open",
    "executor left open",
)
_TRACES: tuple[TraceKind, ...] = (
    "session opened",
    "checkout",
    "statement",
    "client opened",
)
_NAME = re.compile(r"[a-z_]{4,}")
# Beyond every number that a host counts to.
_FAR = 1_000_000


def made_up(submission: Submission, now: int) -> list[Echo]:
    """One of each kind of message that takes points away, never the same twice.

    Args:
        now: the time in nanoseconds.
    """
    number = _FAR + secrets.randbelow(_FAR)
    names = _NAME.findall(submission.source) or ["work"]
    line = 1 + secrets.randbelow(submission.source.count("\n") + 1)
    site = Site(submission.label, line, secrets.choice(names))
    kind, what = secrets.choice(_EVIDENCE), secrets.choice(_TRACES)
    return [
        Evidence(kind, secrets.choice(names), now, site, number),
        Trace(what, number, now, site),
        CallCancelled(number),
    ]
