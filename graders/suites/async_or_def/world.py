"""The gate: its directory, its printer, its processor, and how they are asked for."""

from __future__ import annotations

from typing import Any

from graders.proctor import Exam, Raises

NAMES = ("Ines Duarte", "Tomasz Wilk", "Noor Rahman", "Ada Moreau", "Samir Haddad")
COMPANIES = ("Halvorsen Marine", "Brightwater Labs", "Kestrel Optics", "Okafor & Sons")
# As many visitors as the brief speaks of.
CROWD = 60

_TARGETS = {
    "find": ("GET", "/visitors/{}"),
    "print": ("POST", "/badges/{}/print"),
    "compute": ("GET", "/badges/{}/fingerprint"),
    "health": ("GET", "/health"),
}


def world(exam: Exam) -> None:
    day = exam.random.randrange(16**6)
    exam.services.print_badge.answers(lambda badge_id: f"JOB-{day:06x}-{badge_id}")
    exam.services.fingerprint.answers(lambda badge_id: f"{badge_id * day:064x}")
    exam.services.find_visitor.fails("VisitorNotFound")


def request_for(what: str, number: int) -> tuple[str, str]:
    """Method and path of a request: to find, print, compute, or ask for the health."""
    method, target = _TARGETS[what]
    return method, target.format(number)


def numbers(exam: Exam, count: int) -> list[int]:
    """Numbers of visitors or badges, none twice."""
    return exam.random.sample(range(1_000, 9_000), count)


def known_visitors(exam: Exam, count: int) -> list[dict[str, Any]]:
    """Let the directory know so many visitors, and nobody else."""
    visitors = [
        {
            "id": number,
            "name": exam.random.choice(NAMES),
            "company": exam.random.choice(COMPANIES),
        }
        for number in numbers(exam, count)
    ]
    known = {visitor["id"]: visitor for visitor in visitors}

    def find_visitor(visitor_id: int) -> dict[str, Any]:
        if visitor_id not in known:
            raise Raises("VisitorNotFound", visitor_id)
        return known[visitor_id]

    exam.services.find_visitor.answers(find_visitor)
    return visitors
