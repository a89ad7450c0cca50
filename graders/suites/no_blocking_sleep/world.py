"""The depot: when it tells that a parcel is scanned, and who asks too often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from graders.proctor import Exam

# Seconds; all times here are sums of powers of two, so that clocks add up exactly.
EVERY = 0.5
# The depot answers so many questions of one request that come too soon, and then
# becomes slow: code that never sleeps asks a few hundred instead of hundreds of
# thousands.
_PATIENCE = 200


def world(exam: Exam) -> None:
    exam.services.scan_status.answers("pending").takes(_impatience(exam))


def _impatience(exam: Exam) -> Callable[..., float]:
    last: dict[tuple[int | None, int], float] = {}
    too_soon: Counter[tuple[int | None, int]] = Counter()

    def delay(parcel_id: int) -> float:
        asker = exam.services.current.run, parcel_id
        if exam.now < last.get(asker, -EVERY) + EVERY:
            too_soon[asker] += 1
        last[asker] = exam.now
        return EVERY if too_soon[asker] > _PATIENCE else 0.0

    return delay


def new_parcels(exam: Exam, count: int) -> list[int]:
    """Numbers of parcels, none twice."""
    return exam.random.sample(range(100_000, 999_999), count)


def let_scan(exam: Exam, at: dict[int, float]) -> None:
    """Let parcels be scanned at these times (seconds since the exam began)."""

    def scan_status(parcel_id: int) -> str:
        return "scanned" if exam.now >= at.get(parcel_id, 1e6) else "pending"

    exam.services.scan_status.answers(scan_status)


def to_wait(parcel: int, limit: float) -> str:
    """What a courier asks for who waits so long at most."""
    return f"/parcels/{parcel}/wait?max_wait={limit}"
