"""The learner's tests on services that are right: they pass, soon and by themselves."""

from __future__ import annotations

from graders.proctor import Exam, Outcome, check
from graders.suites.test_the_async_service.causes import sleep, wait, without_transport
from graders.suites.test_the_async_service.expectations import RIGHT, expect_all_pass
from graders.suites.test_the_async_service.world import (
    HOLD,
    LIMIT,
    MANY,
    attempts,
    in_words,
)


@check(
    "errors",
    points=2,
    hint="What the service does is right. What does your test expect of it, and does "
    "the README promise that?",
    # The same service, but for a few words: who compares its text tests nothing.
    copy="reworded",
    guard=True,
    # A file that fails by chance would notice whatever is broken.
    times=3,
)
async def test_the_tests_pass_on_the_service(exam: Exam) -> None:
    """Your tests pass on the service as it is"""
    await expect_all_pass(exam)


@check(
    "errors",
    points=1,
    hint="Which test needs what another one has done? Give each of them a service of "
    "its own.",
    needs=RIGHT,
    guard=True,
)
async def test_the_tests_pass_in_another_order(exam: Exam) -> None:
    """Your tests pass in another order, the last one first"""
    await expect_all_pass(exam, order=1)


@check(
    "errors",
    points=1,
    hint="This copy keeps every promise of the README. What does your test rely on "
    "that the README does not promise?",
    copy="written_differently",
    needs=RIGHT,
    guard=True,
)
async def test_the_tests_pass_on_a_service_that_is_written_differently(
    exam: Exam,
) -> None:
    """Your tests pass on a service that keeps the same promises by other means"""
    await expect_all_pass(exam)


@check(
    "timeouts",
    points=1,
    hint="Whose clock does the service look at, and who hands it over? The same holds "
    "for its patience.",
    needs=RIGHT,
    guard=True,
)
async def test_the_tests_take_less_than_two_seconds(exam: Exam) -> None:
    """All your tests together take less than 2 s"""
    began = exam.now
    run = await exam.run_tests()
    took = exam.now - began
    longest = max(run.outcomes, key=lambda one: one.seconds, default=Outcome("", ""))
    exam.expect(
        took < LIMIT,
        f"less than {LIMIT:g} s",
        f"{in_words(took)}, and {in_words(longest.seconds)} of it in "
        f"{longest.name[:60]}",
        # Who waits for a reservation to end waits that long.
        site=sleep(exam) if took >= HOLD else wait(exam, longest),
        no_site="it is the sum of all your tests",
    )


@check(
    "resources",
    points=1,
    hint="What does the service use when nobody hands it a transport?",
    needs=RIGHT,
    guard=True,
)
async def test_the_tests_leave_the_network_alone(exam: Exam) -> None:
    """Your tests do not call the real payment API"""
    await exam.run_tests()
    made = attempts(exam)
    exam.expect(
        made == 0,
        "no connection to the payment API",
        f"{min(made, MANY)} attempt{'s' * (made != 1)} to connect",
        site=without_transport(exam),
        no_site="the service made them, for a test of yours",
    )
