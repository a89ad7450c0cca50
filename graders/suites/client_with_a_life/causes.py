"""Where the client was made and limited: the line to show."""

from __future__ import annotations

from graders.proctor import Exam, Site, first_site
from graders.suites.client_with_a_life.world import rates_api

# Why there is none.
NO_ORIGIN = "the client was made by no line of yours"


def has_several_clients(exam: Exam) -> bool:
    return len(exam.database.of("client opened")) > 1


def limit(exam: Exam, name: str) -> Site | None:
    """Where the one client's limit is set, or could be; else where it was made."""
    if has_several_clients(exam):
        return origin(exam)
    limits = exam.code.calls("Limits", used=True)
    return [*exam.code.gives(name), *limits, origin(exam)][0]


def origin(exam: Exam) -> Site | None:
    """Where the client was made, or else where a connection was opened."""
    made = exam.database.of("client opened")
    return first_site([*made, *rates_api(exam).connections])
