"""Seat reservations: the learner's tests, on right services and on broken ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from starlette.responses import Response

from graders.proctor import (
    Deadlock,
    Exam,
    Outcome,
    RanTests,
    Site,
    check,
    excerpt,
    known_text,
)

_HOST = "payments.example"
_LIMIT = 2.0
_RIGHT = "test_the_tests_pass_on_the_service"
# How long a reservation lasts without a ticket.
_HOLD = 120.0
_SEATS = ("A1", "A2", "A3", "B1", "B2", "B3")
# With what a test does two things at once, and how it measures.
_AT_ONCE = ("gather", "create_task", "TaskGroup", "start_soon", "Thread", "submit")
_MEASURES = ("timeout", "wait_for", "time", "monotonic", "perf_counter")
_ONLY_THIS_FILE = (
    "Only test_reservations.py is graded, and there is no conftest.py: write your "
    "fixtures into this file. Others come from pytest and pytest-asyncio alone."
)
_HAND_A_TRANSPORT = (
    "Hand `create_app` a `transport=` of your own, an httpx.MockTransport for one: "
    "without it the service asks the real payment API, which does not answer here."
)
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


def world(exam: Exam) -> None:
    exam.network.serve(_HOST, lambda request: Response()).refuses()


async def _expect_all_pass(exam: Exam, *, order: int = 0) -> RanTests:
    """No test fails, and there are tests."""
    try:
        run = await exam.run_tests(order=order)
    except Deadlock as exc:
        # None while the file is still being imported.
        test = exc.pending[-1] if exc.pending else None
        exam.fail(
            "every test comes to an end",
            f"{test.task if test else 'its import'} waits for ever",
            advice="Give each wait in a test an end of its own: asyncio.timeout, or "
            "the timeout of an Event. Then pytest can tell what went wrong.",
            site=test.site if test else None,
            no_site="" if test else "no test has run",
        )
        raise
    exam.expect(
        not run.trouble,
        "test_reservations.py can be imported",
        excerpt(run.trouble),
        advice=_ONLY_THIS_FILE
        if "No module named 'conftest'" in run.trouble
        else "Run `pytest test_reservations.py` in the kata's folder to see it.",
        site=run.site,
        no_site="" if run.site else "no test has run",
    )
    for outcome in run.outcomes:
        exam.expect(
            outcome.outcome != "failed",
            "every test passes",
            f"{outcome.name} failed: {_what(exam, outcome)}",
            advice=_advice(exam, outcome),
            site=_to_blame(exam, outcome),
        )
    exam.expect(
        any(outcome.outcome == "passed" for outcome in run.outcomes),
        "at least one test",
        "none was run",
        advice="pytest runs the functions whose names begin with `test_`.",
        no_site="no test has run",
    )
    return run


def _what(exam: Exam, outcome: Outcome) -> str:
    if _is_async_without_mark(outcome):
        return "it is an `async def`, which pytest does not run by itself"
    reached = ", after the service tried to reach the real payment API"
    return excerpt(outcome.text) + (reached if _attempts(exam) else "")


def _advice(exam: Exam, outcome: Outcome) -> str:
    if _is_async_without_mark(outcome):
        return "Mark it with `@pytest.mark.asyncio`, or run it with `asyncio.run`."
    if _was_never_started(outcome):
        return (
            "The service opens its client when it starts. What in your test starts it, "
            "as a server would?"
        )
    if _lacks_a_fixture(outcome):
        return _ONLY_THIS_FILE
    known = known_text(outcome.text)
    if known is not None and not known.of_the_world:
        return known.advice
    return _HAND_A_TRANSPORT if _attempts(exam) else ""


def _to_blame(exam: Exam, outcome: Outcome) -> Site | None:
    """Where a test failed, or what did not start the service or give it its transport.

    The service that `app.py` makes of itself, `app`, has none.
    """
    site = outcome.site
    clients = exam.code.calls("ASGITransport", "LifespanManager", "TestClient")
    nearest = [one for one in clients if site is not None and one.line <= site.line]
    if _was_never_started(outcome):
        clients = exam.code.calls("ASGITransport", "TestClient")
        nearest = [one for one in nearest if one in clients]
        return [site, *nearest][-1]
    if _attempts(exam):
        made = _without_transport(exam)
        return [site, *nearest][-1] if made is None else made
    return site


def _attempts(exam: Exam) -> int:
    """How often the service has tried to reach the payment API."""
    return len(exam.network.upstreams[_HOST].attempts)


def _lacks_a_fixture(outcome: Outcome) -> bool:
    return outcome.text.startswith("FixtureLookupError")


def _is_async_without_mark(outcome: Outcome) -> bool:
    return "async def functions are not natively supported" in outcome.text


def _was_never_started(outcome: Outcome) -> bool:
    return "never started" in outcome.text


async def _expect_one_fails(
    exam: Exam, nearest: Callable[[Exam], Site | None] = lambda exam: None
) -> None:
    """The copy of the service is broken, and some test notices.

    Args:
        nearest: where a test looks at what is broken, and not closely enough.
    """
    try:
        run = await exam.run_tests()
    except Deadlock:
        # A test that waits for ever on this copy, and passes on the right one, has
        # noticed.
        return
    if run.trouble or any(one.outcome == "failed" for one in run.outcomes):
        return
    idle = _idle(exam)
    exam.fail(
        "a test that fails on the broken copy",
        # The same for everybody: how many ran may depend on what they read of it.
        "no test of yours failed",
        advice=_CALL_IT if idle else "",
        site=idle[0] if idle else nearest(exam),
        no_site="no line of yours fails on it",
    )


# --- where a test looks ---------------------------------------------------------------

_CALL_IT = (
    "Is this line ever false? Print what it looks at: is that what the mock has seen, "
    "or the method that would check it?"
)


def _idle(exam: Exam) -> list[Site]:
    """Where a mock's assertion is named and not called: it is always true."""
    called = exam.code.calls(*_OF_MOCKS)
    return [one for one in exam.code.mentions(*_OF_MOCKS) if one not in called]


def _functions(exam: Exam, sites: list[Site]) -> set[Site]:
    found = {exam.code.function(site) for site in sites}
    return {function for function in found if function is not None}


def _last_within(exam: Exam, sites: list[Site], functions: set[Site]) -> Site | None:
    """The last of the sites in the first of these functions that holds any."""
    held = [one for one in sites if exam.code.function(one) in functions]
    first = exam.code.function(held[0]) if held else None
    here = [one for one in held if exam.code.function(one) == first]
    return here[-1] if here else None


def _status_of_a_reservation(exam: Exam) -> Site | None:
    """Where the status of a reservation is looked at, as it was asked for."""
    posted = exam.code.texts("/reservations")
    looked = [one for one in _statuses(exam) if posted and one.line >= posted[0].line]
    made = [one for one in looked if "201" in exam.line_of(one)]
    return next(iter([*made, *looked]), None)


def _status_without_patience(exam: Exam) -> Site | None:
    """Where the status is looked at that a silent payment API leads to."""
    impatient = _functions(exam, exam.code.gives("patience"))
    return _last_within(exam, _statuses(exam), impatient)


def _statuses(exam: Exam) -> list[Site]:
    return exam.code.mentions("status_code", "status")


def _several_seats_at_once(exam: Exam) -> Site | None:
    """Where a test that wants several seats looks at what happens at once."""
    seats = _seats(exam)
    several = {function for function in seats if seats[function] > 1}
    return _last_within(exam, exam.code.calls(*_AT_ONCE, *_MEASURES), several)


def _one_seat_at_once(exam: Exam) -> Site | None:
    """Where a test has several customers ask for a seat at once, or else one by one.

    Who asks for a taken seat is told 409.
    """
    seats = _seats(exam)
    one = {function for function in seats if seats[function] == 1}
    refused = [one for one in _statuses(exam) if "409" in exam.line_of(one)]
    at_once = _last_within(exam, exam.code.calls(*_AT_ONCE), one)
    return at_once or next(iter(refused), None)


def _seats(exam: Exam) -> Counter[Site]:
    """How many different seats each function names."""
    return Counter(
        function
        for seat in _SEATS
        for function in _functions(exam, exam.code.texts(seat))
    )


def _printer(exam: Exam) -> Site | None:
    """Where a test hands a printer over: a lambda first, for it can hardly wait."""
    given = exam.code.gives("print_ticket")
    lambdas = [one for one in given if exam.code.function(one) == one]
    return next(iter([*lambdas, *reversed(given)]), None)


def _clock(exam: Exam) -> Site | None:
    """Where a test hands a clock over."""
    return next(iter(exam.code.gives("now")), None)


def _clock_beside_a_printer(exam: Exam) -> Site | None:
    """Where a test hands a clock over, and a printer as well."""
    printing = _functions(exam, exam.code.gives("print_ticket"))
    return _last_within(exam, exam.code.gives("now"), printing) or _clock(exam)


def _closed(exam: Exam) -> Site | None:
    """Where a test asks whether something is closed."""
    asked = exam.code.mentions("closed", "is_closed")
    return asked[-1] if asked else None


def _sleep(exam: Exam) -> Site | None:
    """Where a test sleeps, rather than something that it uses."""
    sleeps = exam.code.calls("sleep")
    tests = _functions(exam, exam.code.calls("create_app"))
    return _last_within(exam, sleeps, tests) or next(iter(sleeps), None)


def _waits(exam: Exam, longest: Outcome) -> Site | None:
    """What a test waits for that takes long by itself: a service with its own patience.

    Else the first status that it looks at.
    """
    if longest.site is None or longest.seconds < _LIMIT / 2:
        return None
    begins = longest.site.line
    looked = next((one for one in _statuses(exam) if one.line >= begins), None)
    made = exam.code.beside(looked, exam.code.calls("create_app"))
    impatient = exam.code.beside(looked, exam.code.gives("patience"))
    return made[0] if made and not impatient else looked


def _without_transport(exam: Exam) -> Site | None:
    """Where a service is made that nobody hands a transport."""
    handed = _functions(exam, exam.code.gives("transport"))
    return next(
        (
            one
            for one in exam.code.calls("create_app")
            if exam.code.function(one) not in handed
        ),
        None,
    )


# --- the checks -----------------------------------------------------------------------


@check(
    "errors",
    points=2,
    hint="What the service does is right. What does your test expect of it, and does "
    "the README promise that?",
    # The same service, but for a few words: who compares its text tests nothing.
    copy="reworded",
    guard=True,
)
async def test_the_tests_pass_on_the_service(exam: Exam) -> None:
    """Your tests pass on the service as it is"""
    await _expect_all_pass(exam)


@check(
    "errors",
    points=1,
    hint="Which test needs what another one has done? Give each of them a service of "
    "its own.",
    needs=_RIGHT,
    guard=True,
)
async def test_the_tests_pass_in_another_order(exam: Exam) -> None:
    """Your tests pass in another order, the last one first"""
    await _expect_all_pass(exam, order=1)


@check(
    "errors",
    points=1,
    hint="This copy keeps every promise of the README. What does your test rely on "
    "that the README does not promise?",
    copy="written_differently",
    needs=_RIGHT,
    guard=True,
)
async def test_the_tests_pass_on_a_service_that_is_written_differently(
    exam: Exam,
) -> None:
    """Your tests pass on a service that keeps the same promises by other means"""
    await _expect_all_pass(exam)


@check(
    "timeouts",
    points=1,
    hint="Whose clock does the service look at, and who hands it over? The same holds "
    "for its patience.",
    needs=_RIGHT,
    guard=True,
)
async def test_the_tests_take_less_than_two_seconds(exam: Exam) -> None:
    """All your tests together take less than 2 s"""
    began = exam.now
    run = await exam.run_tests()
    took = exam.now - began
    longest = max(run.outcomes, key=lambda one: one.seconds, default=Outcome("", ""))
    exam.expect(
        took < _LIMIT,
        f"less than {_LIMIT:g} s",
        f"{took:.1f} s, and {longest.seconds:.1f} s of it in {longest.name[:60]}",
        # Who waits for a reservation to end waits that long.
        site=_sleep(exam) if took >= _HOLD else _waits(exam, longest),
        no_site="it is the sum of all your tests",
    )


@check(
    "resources",
    points=1,
    hint="What does the service use when nobody hands it a transport?",
    needs=_RIGHT,
    guard=True,
)
async def test_the_tests_leave_the_network_alone(exam: Exam) -> None:
    """Your tests do not call the real payment API"""
    await exam.run_tests()
    attempts = _attempts(exam)
    exam.expect(
        attempts == 0,
        "no connection to the payment API",
        f"{attempts} attempt{'s' * (attempts != 1)} to connect",
        site=_without_transport(exam),
        no_site="the service made them, for a test of yours",
    )


@check(
    "awaits",
    points=1,
    hint="What has arrived at the payment API when a reservation of several seats is "
    "answered? Which of your tests looks?",
    copy="seats_paid_one_by_one",
    needs=_RIGHT,
)
async def test_a_payment_for_each_seat_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that pays for each seat by itself"""
    await _expect_one_fails(exam, _status_of_a_reservation)


@check(
    "errors",
    points=1,
    hint="Which of your tests has a payment fail, and does it look at the answer?",
    copy="payment_failure_swallowed",
    needs=_RIGHT,
)
async def test_a_failed_payment_that_is_swallowed_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that takes a failed payment for a good one"""
    await _expect_one_fails(exam)


@check(
    "timeouts",
    points=1,
    hint="How can a test have a payment API that says nothing, without waiting long?",
    copy="timeout_is_500",
    needs=_RIGHT,
)
async def test_a_timeout_that_is_a_500_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that answers 500 when the payment API is silent"""
    await _expect_one_fails(exam, _status_without_patience)


@check(
    "timeouts",
    points=1,
    hint="Who hands the service its clock? Who could turn it on by two minutes?",
    copy="reservations_never_expire",
    needs=_RIGHT,
)
async def test_a_reservation_that_never_expires_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy whose reservations never expire"""
    await _expect_one_fails(exam, _clock)


@check(
    "concurrency",
    points=1,
    hint="While the first price is on its way, has the second one been asked for? "
    "Which test would see the difference?",
    copy="prices_one_after_another",
    needs=_RIGHT,
)
async def test_prices_asked_one_after_another_are_noticed(exam: Exam) -> None:
    """Your tests notice a copy that asks for the prices one after another"""
    await _expect_one_fails(exam, _several_seats_at_once)


@check(
    "concurrency",
    points=1,
    hint="Two customers want the same seat at once. Is the first request of your test "
    "really still waiting for something when the second one arrives?",
    copy="double_booking",
    needs=_RIGHT,
)
async def test_a_seat_that_is_sold_twice_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that sells a seat twice when two ask at once"""
    await _expect_one_fails(exam, _one_seat_at_once)


@check(
    "blocking",
    points=1,
    hint="While a ticket is being printed, does the service answer anybody else? "
    "Which test asks?",
    copy="ticket_printed_on_the_loop",
    needs=_RIGHT,
)
async def test_a_printer_that_holds_up_the_loop_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that answers nobody while a ticket is printed"""
    await _expect_one_fails(exam, _printer)


@check(
    "resources",
    points=1,
    hint="After a payment that failed, who asks whether the seats are free?",
    copy="seats_not_released",
    needs=_RIGHT,
)
async def test_seats_that_are_not_released_are_noticed(exam: Exam) -> None:
    """Your tests notice a copy that keeps the seats when the payment fails"""
    await _expect_one_fails(exam, _status_without_patience)


@check(
    "resources",
    points=1,
    hint="A payment may fail in more than one way. After which of them does a test of "
    "yours ask whether the seats are free?",
    copy="seats_kept_after_a_timeout",
    needs=_RIGHT,
)
async def test_seats_that_a_timeout_keeps_are_noticed(exam: Exam) -> None:
    """Your tests notice a copy that keeps the seats when the payment API is silent"""
    await _expect_one_fails(exam, _status_without_patience)


@check(
    "resources",
    points=1,
    hint="What happens to a transport when its client is closed, and can a transport "
    "that you write tell you?",
    copy="client_not_closed",
    needs=_RIGHT,
)
async def test_a_client_that_is_not_closed_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that never closes its client"""
    await _expect_one_fails(exam, _closed)


@check(
    "errors",
    points=1,
    hint="There is more than one way in which the payment API can fail. What does a "
    "transport of yours do when nobody is there?",
    copy="unreachable_is_500",
    needs=_RIGHT,
)
async def test_an_unreachable_api_that_is_a_500_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that answers 500 when the payment API is unreachable"""
    await _expect_one_fails(exam)


@check(
    "timeouts",
    points=1,
    hint="Who may find out that the payment API is silent, besides the service's own "
    "patience?",
    copy="reported_timeout_is_502",
    needs=_RIGHT,
)
async def test_a_timeout_of_httpx_that_is_a_502_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that answers 502 when httpx reports a timeout"""
    await _expect_one_fails(exam, _status_without_patience)


@check(
    "timeouts",
    points=1,
    hint="What is different about a reservation once its ticket is printed? How much "
    "later would a test see it?",
    copy="printed_reservations_expire",
    needs=_RIGHT,
)
async def test_a_printed_reservation_that_expires_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy whose reservations expire although they are printed"""
    await _expect_one_fails(exam, _clock_beside_a_printer)


@check(
    "errors",
    points=1,
    hint="When a reservation has ended, its seats are free. What has become of its id?",
    copy="ended_reservations_keep_their_ids",
    needs=_RIGHT,
)
async def test_an_ended_reservation_that_is_known_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that knows a reservation which has ended"""
    await _expect_one_fails(exam, _clock)


@check(
    "resources",
    points=1,
    hint="Which of the failures that the README names is followed, in your tests, by a "
    "look at the seats?",
    copy="seats_kept_after_an_error",
    needs=_RIGHT,
)
async def test_seats_that_an_error_keeps_are_noticed(exam: Exam) -> None:
    """Your tests notice a copy that keeps the seats when the answer is a 502"""
    await _expect_one_fails(exam, _status_without_patience)


@check(
    "resources",
    points=1,
    hint="What does a service know that is started a second time? Which test starts "
    "one twice?",
    copy="seats_outlive_a_stop",
    needs=_RIGHT,
)
async def test_seats_that_outlive_a_stop_are_noticed(exam: Exam) -> None:
    """Your tests notice a copy that begins its next start with seats taken"""
    await _expect_one_fails(exam, _closed)
