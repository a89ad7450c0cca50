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


def world(exam: Exam) -> None:
    exam.network.serve(_HOST, lambda request: Response()).refuses()


def attempts(exam: Exam) -> int:
    """How often the service has tried to reach the payment API."""
    return len(exam.network.upstreams[_HOST].attempts)
