"""The learner's tests on services that are broken in one way each: one test fails."""

from __future__ import annotations

from functools import partial

from graders.proctor import Exam, check
from graders.suites.test_the_async_service.causes import (
    clock,
    clock_beside_a_printer,
    closed,
    one_seat_at_once,
    printer,
    several_seats_at_once,
    status_of_a_reservation,
    status_without_patience,
)
from graders.suites.test_the_async_service.expectations import RIGHT, expect_one_fails

_check = partial(check, points=1, needs=RIGHT)


@_check(
    "awaits",
    hint="What has arrived at the payment API when a reservation of several seats is "
    "answered? Which of your tests looks?",
    copy="seats_paid_one_by_one",
)
async def test_a_payment_for_each_seat_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that pays for each seat by itself"""
    await expect_one_fails(exam, status_of_a_reservation)


@_check(
    "errors",
    hint="Which of your tests has a payment fail, and does it look at the answer?",
    copy="payment_failure_swallowed",
)
async def test_a_failed_payment_that_is_swallowed_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that takes a failed payment for a good one"""
    await expect_one_fails(exam)


@_check(
    "timeouts",
    hint="How can a test have a payment API that says nothing, without waiting long?",
    copy="timeout_is_500",
)
async def test_a_timeout_that_is_a_500_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that answers 500 when the payment API is silent"""
    await expect_one_fails(exam, status_without_patience)


@_check(
    "timeouts",
    hint="Who hands the service its clock? Who could turn it on by two minutes?",
    copy="reservations_never_expire",
)
async def test_a_reservation_that_never_expires_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy whose reservations never expire"""
    await expect_one_fails(exam, clock)


@_check(
    "concurrency",
    hint="While the first price is on its way, has the second one been asked for? "
    "Which test would see the difference?",
    copy="prices_one_after_another",
)
async def test_prices_asked_one_after_another_are_noticed(exam: Exam) -> None:
    """Your tests notice a copy that asks for the prices one after another"""
    await expect_one_fails(exam, several_seats_at_once)


@_check(
    "concurrency",
    hint="Two customers want the same seat at once. Is the first request of your test "
    "really still waiting for something when the second one arrives?",
    copy="double_booking",
)
async def test_a_seat_that_is_sold_twice_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that sells a seat twice when two ask at once"""
    await expect_one_fails(exam, one_seat_at_once)


@_check(
    "blocking",
    hint="While a ticket is being printed, does the service answer anybody else? "
    "Which test asks?",
    copy="ticket_printed_on_the_loop",
)
async def test_a_printer_that_holds_up_the_loop_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that answers nobody while a ticket is printed"""
    await expect_one_fails(exam, printer)


@_check(
    "resources",
    hint="After a payment that failed, who asks whether the seats are free?",
    copy="seats_not_released",
)
async def test_seats_that_are_not_released_are_noticed(exam: Exam) -> None:
    """Your tests notice a copy that keeps the seats when the payment fails"""
    await expect_one_fails(exam, status_without_patience)


@_check(
    "resources",
    hint="A payment may fail in more than one way. After which of them does a test of "
    "yours ask whether the seats are free?",
    copy="seats_kept_after_a_timeout",
)
async def test_seats_that_a_timeout_keeps_are_noticed(exam: Exam) -> None:
    """Your tests notice a copy that keeps the seats when the payment API is silent"""
    await expect_one_fails(exam, status_without_patience)


@_check(
    "resources",
    hint="What happens to a transport when its client is closed, and can a transport "
    "that you write tell you?",
    copy="client_not_closed",
)
async def test_a_client_that_is_not_closed_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that never closes its client"""
    await expect_one_fails(exam, closed)


@_check(
    "errors",
    hint="There is more than one way in which the payment API can fail. What does a "
    "transport of yours do when nobody is there?",
    copy="unreachable_is_500",
)
async def test_an_unreachable_api_that_is_a_500_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that answers 500 when the payment API is unreachable"""
    await expect_one_fails(exam)


@_check(
    "timeouts",
    hint="Who may find out that the payment API is silent, besides the service's own "
    "patience?",
    copy="reported_timeout_is_502",
)
async def test_a_timeout_of_httpx_that_is_a_502_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that answers 502 when httpx reports a timeout"""
    await expect_one_fails(exam, status_without_patience)


@_check(
    "timeouts",
    hint="What is different about a reservation once its ticket is printed? How much "
    "later would a test see it?",
    copy="printed_reservations_expire",
)
async def test_a_printed_reservation_that_expires_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy whose reservations expire although they are printed"""
    await expect_one_fails(exam, clock_beside_a_printer)


@_check(
    "errors",
    hint="When a reservation has ended, its seats are free. What has become of its id?",
    copy="ended_reservations_keep_their_ids",
)
async def test_an_ended_reservation_that_is_known_is_noticed(exam: Exam) -> None:
    """Your tests notice a copy that knows a reservation which has ended"""
    await expect_one_fails(exam, clock)


@_check(
    "resources",
    hint="Which of the failures that the README names is followed, in your tests, by a "
    "look at the seats?",
    copy="seats_kept_after_an_error",
)
async def test_seats_that_an_error_keeps_are_noticed(exam: Exam) -> None:
    """Your tests notice a copy that keeps the seats when the answer is a 502"""
    await expect_one_fails(exam, status_without_patience)


@_check(
    "resources",
    hint="What does a service know that is started a second time? Which test starts "
    "one twice?",
    copy="seats_outlive_a_stop",
)
async def test_seats_that_outlive_a_stop_are_noticed(exam: Exam) -> None:
    """Your tests notice a copy that begins its next start with seats taken"""
    await expect_one_fails(exam, closed)
