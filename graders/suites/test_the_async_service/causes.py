"""Where a test looks, waits or hands something over: the line to show."""

from __future__ import annotations

from collections import Counter

from graders.proctor import Exam, Outcome, Site, first_site
from graders.suites.test_the_async_service.world import LIMIT, SEATS

# With what a test does two things at once, and how it measures.
_AT_ONCE = ("gather", "create_task", "TaskGroup", "start_soon", "Thread", "submit")
_MEASURES = ("timeout", "wait_for", "time", "monotonic", "perf_counter")
_OF_MOCKS = (
    "assert_any_await",
    "assert_any_call",
    "assert_awaited",
    "assert_awaited_once",
    "assert_awaited_once_with",
    "assert_awaited_with",
    "assert_called",
    "assert_called_once",
    "assert_called_once_with",
    "assert_called_with",
    "assert_not_awaited",
    "assert_not_called",
)


def idle(exam: Exam) -> Site | None:
    """Where a mock's assertion is named and not called: it is always true."""
    called = exam.code.calls(*_OF_MOCKS)
    named = [one for one in exam.code.mentions(*_OF_MOCKS) if one not in called]
    return first_site(named)


# --- what happens at the same time ----------------------------------------------------


def several_seats_at_once(exam: Exam) -> Site | None:
    """Where a test that wants several seats looks at what happens at once."""
    seats = _seats(exam)
    several = {function for function in seats if seats[function] > 1}
    return _last_within(exam, exam.code.calls(*_AT_ONCE, *_MEASURES), several)


def one_seat_at_once(exam: Exam) -> Site | None:
    """Where a test has several customers ask for a seat at once, or else one by one.

    Who asks for a taken seat is told 409.
    """
    seats = _seats(exam)
    one = {function for function in seats if seats[function] == 1}
    refused = [one for one in _statuses(exam) if "409" in exam.line_of(one)]
    at_once = _last_within(exam, exam.code.calls(*_AT_ONCE), one)
    return at_once or first_site(refused)


def _seats(exam: Exam) -> Counter[Site]:
    """How many different seats each function names."""
    return Counter(
        function
        for seat in SEATS
        for function in _functions(exam, exam.code.texts(seat))
    )


# --- what the service answers ---------------------------------------------------------


def status_of_a_reservation(exam: Exam) -> Site | None:
    """Where the status of a reservation is looked at, as it was asked for."""
    posted = exam.code.texts("/reservations")
    looked = [one for one in _statuses(exam) if posted and one.line >= posted[0].line]
    made = [one for one in looked if "201" in exam.line_of(one)]
    return first_site([*made, *looked])


def status_without_patience(exam: Exam) -> Site | None:
    """Where the status is looked at that a silent payment API leads to."""
    impatient = _functions(exam, exam.code.gives("patience"))
    return _last_within(exam, _statuses(exam), impatient)


def closed(exam: Exam) -> Site | None:
    """Where a test asks whether something is closed."""
    return [None, *exam.code.mentions("closed", "is_closed")][-1]


def _statuses(exam: Exam) -> list[Site]:
    return exam.code.mentions("status_code", "status")


# --- what a test hands over -----------------------------------------------------------


def printer(exam: Exam) -> Site | None:
    """Where a test hands a printer over: a lambda first, for it can hardly wait."""
    given = exam.code.gives("print_ticket")
    lambdas = [one for one in given if exam.code.function(one) == one]
    return first_site([*lambdas, *reversed(given)])


def clock(exam: Exam) -> Site | None:
    """Where a test hands a clock over."""
    return first_site(exam.code.gives("now"))


def clock_beside_a_printer(exam: Exam) -> Site | None:
    """Where a test hands a clock over, and a printer as well."""
    printing = _functions(exam, exam.code.gives("print_ticket"))
    return _last_within(exam, exam.code.gives("now"), printing) or clock(exam)


def without_transport(exam: Exam) -> Site | None:
    """Where a service is made that nobody hands a transport."""
    handed = _functions(exam, exam.code.gives("transport"))
    made = exam.code.calls("create_app")
    return first_site([one for one in made if exam.code.function(one) not in handed])


# --- what takes long ------------------------------------------------------------------


def sleep(exam: Exam) -> Site | None:
    """Where a test sleeps, rather than something that it uses."""
    sleeps = exam.code.calls("sleep")
    tests = _functions(exam, exam.code.calls("create_app"))
    return _last_within(exam, sleeps, tests) or first_site(sleeps)


def wait(exam: Exam, longest: Outcome) -> Site | None:
    """What a test waits for that takes long by itself: a service with its own patience.

    Else the first status that it looks at.
    """
    if longest.site is None or longest.seconds < LIMIT / 2:
        return None
    begins = longest.site.line
    looked = next((one for one in _statuses(exam) if one.line >= begins), None)
    made = exam.code.beside(looked, exam.code.calls("create_app"))
    impatient = exam.code.beside(looked, exam.code.gives("patience"))
    return made[0] if made and not impatient else looked


# --- around lines ---------------------------------------------------------------------


def _functions(exam: Exam, sites: list[Site]) -> set[Site]:
    found = {exam.code.function(site) for site in sites}
    return {function for function in found if function is not None}


def _last_within(exam: Exam, sites: list[Site], functions: set[Site]) -> Site | None:
    """The last of the sites in the first of these functions that holds any."""
    held = [one for one in sites if exam.code.function(one) in functions]
    return exam.code.beside(held[0], held)[-1] if held else None
