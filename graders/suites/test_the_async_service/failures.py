"""Why a test fails on a service that is right: in words, and at which line."""

from __future__ import annotations

from graders.proctor import Exam, Outcome, Site, excerpt, known_text
from graders.suites.test_the_async_service.causes import without_transport
from graders.suites.test_the_async_service.world import attempts

ONLY_THIS_FILE = (
    "Only test_reservations.py is graded, and there is no conftest.py: write your "
    "fixtures into this file. Others come from pytest and pytest-asyncio alone."
)
_HAND_A_TRANSPORT = (
    "Hand `create_app` a `transport=` of your own, an httpx.MockTransport for one: "
    "without it the service asks the real payment API, which does not answer here."
)


def what_failed(exam: Exam, outcome: Outcome) -> str:
    if _is_async_without_mark(outcome):
        return "it is an `async def`, which pytest does not run by itself"
    reached = ", after the service tried to reach the real payment API"
    return excerpt(outcome.text) + (reached if attempts(exam) else "")


def advice_on(exam: Exam, outcome: Outcome) -> str:
    if _is_async_without_mark(outcome):
        return "Mark it with `@pytest.mark.asyncio`, or run it with `asyncio.run`."
    if _was_never_started(outcome):
        return (
            "The service opens its client when it starts. What in your test starts it, "
            "as a server would?"
        )
    if outcome.text.startswith("FixtureLookupError"):
        return ONLY_THIS_FILE
    known = known_text(outcome.text)
    if known is not None and not known.of_the_world:
        return known.advice
    return _HAND_A_TRANSPORT if attempts(exam) else ""


def to_blame(exam: Exam, outcome: Outcome) -> Site | None:
    """Where a test failed, or what did not start the service or give it its transport.

    The service that `app.py` makes of itself, `app`, has none.
    """
    site = outcome.site
    if site is not None and _was_never_started(outcome):
        return _nearest(exam, site, "ASGITransport", "TestClient")
    if attempts(exam):
        handed = without_transport(exam)
        clients = "ASGITransport", "LifespanManager", "TestClient"
        return handed or (site and _nearest(exam, site, *clients))
    return site


def _nearest(exam: Exam, site: Site, *clients: str) -> Site:
    """The last line before it that makes a client of the service, or the line."""
    made = [one for one in exam.code.calls(*clients) if one.line <= site.line]
    return [site, *made][-1]


def _is_async_without_mark(outcome: Outcome) -> bool:
    return "async def functions are not natively supported" in outcome.text


def _was_never_started(outcome: Outcome) -> bool:
    return "never started" in outcome.text
