"""Seat reservations: the learner's tests, on right services and on broken ones."""

from __future__ import annotations

from starlette.responses import Response

from graders.proctor import Deadlock, Exam, Outcome, RanTests, check

_HOST = "payments.example"
_LIMIT = 2.0
_ALL = {1: "your test passed", 2: "both of your tests passed"}
_RIGHT = "test_the_tests_pass_on_the_service"


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
        run.trouble,
        advice="Run `pytest test_reservations.py` in the kata's folder to see it.",
        no_site="no test has run",
    )
    for outcome in run.outcomes:
        exam.expect(
            outcome.outcome != "failed",
            "every test passes",
            f"{outcome.name} failed: {_what(outcome)}",
            advice=_advice(outcome),
            site=outcome.site,
        )
    exam.expect(
        any(outcome.outcome == "passed" for outcome in run.outcomes),
        "at least one test",
        "none was run",
        advice="pytest runs the functions whose names begin with `test_`.",
        no_site="no test has run",
    )
    return run


def _what(outcome: Outcome) -> str:
    if _is_async_without_mark(outcome):
        return "it is an `async def`, which pytest does not run by itself"
    return outcome.text[:160]


def _advice(outcome: Outcome) -> str:
    if _is_async_without_mark(outcome):
        return "Mark it with `@pytest.mark.asyncio`, or run it with `asyncio.run`."
    if "never started" in outcome.text:
        return (
            "The service opens its client when it starts. What in your test starts it, "
            "as a server would?"
        )
    return ""


def _is_async_without_mark(outcome: Outcome) -> bool:
    return "async def functions are not natively supported" in outcome.text


async def _expect_one_fails(exam: Exam) -> None:
    """The copy of the service is broken, and some test notices."""
    try:
        run = await exam.run_tests()
    except Deadlock:
        # A test that waits for ever on this copy, and passes on the right one, has
        # noticed.
        return
    passed = sum(outcome.outcome == "passed" for outcome in run.outcomes)
    exam.expect(
        bool(run.trouble) or any(one.outcome == "failed" for one in run.outcomes),
        "a test that fails on the broken copy",
        _ALL.get(passed, f"all {passed} of your tests passed"),
        no_site="no line of yours fails on it",
    )


@check(
    "errors",
    points=2,
    hint="What the service does is right. What does your test expect of it, and does "
    "the README promise that?",
    # The same service, but for a few words: who compares its text tests nothing.
    copy="reworded",
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
)
async def test_the_tests_take_less_than_two_seconds(exam: Exam) -> None:
    """All your tests together take less than 2 s"""
    began = exam.now
    await exam.run_tests()
    took = exam.now - began
    exam.expect(
        took < _LIMIT,
        f"less than {_LIMIT:g} s",
        f"{took:.1f} s",
        no_site="it is the sum of all your tests",
    )


@check(
    "resources",
    points=1,
    hint="What does the service use when nobody hands it a transport?",
    needs=_RIGHT,
)
async def test_the_tests_leave_the_network_alone(exam: Exam) -> None:
    """Your tests do not call the real payment API"""
    await exam.run_tests()
    attempts = len(exam.network.upstreams[_HOST].attempts)
    exam.expect(
        attempts == 0,
        "no connection to the payment API",
        f"{attempts} attempt{'s' * (attempts != 1)} to connect",
        no_site="the service made them, for a test of yours",
    )


@check(
    "awaits",
    points=1,
    hint="Which of your tests looks at what has arrived at the payment API?",
    copy="payment_not_awaited",
    needs=_RIGHT,
)
async def test_a_payment_that_is_never_made_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that never awaits the payment"""
    await _expect_one_fails(exam)


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
    await _expect_one_fails(exam)


@check(
    "timeouts",
    points=1,
    hint="Who hands the service its clock? Who could turn it on by two minutes?",
    copy="reservations_never_expire",
    needs=_RIGHT,
)
async def test_a_reservation_that_never_expires_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy whose reservations never expire"""
    await _expect_one_fails(exam)


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
    await _expect_one_fails(exam)


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
    await _expect_one_fails(exam)


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
    await _expect_one_fails(exam)


@check(
    "resources",
    points=1,
    hint="After a payment that failed, who asks whether the seats are free?",
    copy="seats_not_released",
    needs=_RIGHT,
)
async def test_seats_that_are_not_released_are_noticed(exam: Exam) -> None:
    """Your tests notice a copy that keeps the seats when the payment fails"""
    await _expect_one_fails(exam)


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
    await _expect_one_fails(exam)


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
    await _expect_one_fails(exam)
