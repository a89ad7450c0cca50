"""Seat reservations, and the payment API that nobody reaches."""

from __future__ import annotations

from starlette.responses import Response

from graders.proctor import Exam

_HOST = "payments.example"
SEATS = ("A1", "A2", "A3", "B1", "B2", "B3")
# How long a reservation lasts without a ticket.
HOLD = 120.0
# How long all tests may take.
LIMIT = 2.0
# What is counted, and is the tests' own doing, is told up to here: who waits or asks as
# often as a checksum says would read it here.
MANY = 999


def world(exam: Exam) -> None:
    exam.network.serve(_HOST, lambda request: Response()).refuses()


def attempts(exam: Exam) -> int:
    """How often the service has tried to reach the payment API."""
    return len(exam.network.upstreams[_HOST].attempts)


def in_words(took: float) -> str:
    """A duration in virtual seconds, in words."""
    return f"{took:.1f} s" if took <= MANY else f"more than {MANY} s"
