"""The line at which a place or a link was lost."""

from __future__ import annotations

from graders.proctor import Exam, Site, first_site
from graders.suites.bounded_pool.world import LINKS, Warehouse, link_of

NO_ERROR = (
    "A cancellation passes by this clause. What had the request taken by then: "
    "nothing, a place, or a place and a link?"
)


def _lending(exam: Exam, site: Site) -> list[Site]:
    """The clauses in which who lends a link sees the errors of a line that uses it."""
    own = exam.code.function(site)
    return [one for one in exam.code.guards(site) if exam.code.function(one) != own]


def letting_pass(exam: Exam, site: Site | None, error: str) -> Site | None:
    """The clause that catches an error of a line where the link is lent.

    If none does, the last one that it passes by, or the line.
    """
    catching = exam.code.handlers(error, "Exception", "BaseException", raising=True)
    clauses = _lending(exam, site) if site else []
    caught = [clause for clause in clauses if clause in catching]
    return [*caught, *clauses[::-1], site][0]


def passed_by(exam: Exam, site: Site | None) -> Site | None:
    """The last clause that a cancellation of a line passes by, or the line.

    It is one where the link is lent, or around the line itself: those of another
    function are about something else.
    """
    if site is None:
        return None
    near = exam.code.beside(site, exam.code.clauses(site))
    clauses = _lending(exam, site) or near
    seeing = exam.code.handlers("BaseException", "CancelledError", raising=True)
    return site if set(clauses) & set(seeing) else [site, *clauses][-1]


def places_in_a_row(warehouse: Warehouse) -> Site | None:
    """The line that makes a queue of places, if an empty one was lent before a link.

    So it is where links are used again and no sound one is closed, where no more of
    them are kept than there are places, and where no request opened two.
    """
    opened, scans = warehouse.opened, warehouse.scans
    reused = len({link_of(call) for call in scans}) < len(scans)
    too_many = len(opened) - len(warehouse.closed) > LINKS
    together = len({call.run for call in opened}) < len(opened)
    if not reused or warehouse.closed_unbroken or too_many or together:
        return None
    queues = warehouse.exam.code.mentions("Queue", "LifoQueue", "PriorityQueue")
    return first_site(queues)
