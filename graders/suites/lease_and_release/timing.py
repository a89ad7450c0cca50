"""The patience that printing has, and that the other steps do not need."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.lease_and_release.causes import of_last
from graders.suites.lease_and_release.world import (
    ENDLESS,
    PATIENCE,
    PrintRoom,
    over,
)


@check(
    "timeouts",
    points=2,
    hint="Not waiting any longer is one thing, ending the call another. Who cancels "
    "it?",
)
async def test_printing_ends_after_two_seconds(exam: Exam) -> None:
    """Printing that takes too long ends after 2 s."""
    room = PrintRoom(exam)
    exam.services.warm_up.takes(0.5)
    exam.services.print_label.takes(ENDLESS)

    await room.post().returns()
    await exam.settle()

    calls = exam.calls.of("print_label")
    exam.expect(
        len(calls) == 1,
        "the label is printed once",
        f"{len(calls)} calls" if calls else "print_label was not called",
        site=of_last(exam, calls),
        timeline=exam.calls,
    )
    (call,) = calls
    ended = exam.calls.end_of(call)
    lasted = ended - call.began
    early = lasted < PATIENCE
    # What ended it too early is its deadline; too late, that it has none.
    deadline = exam.causes.of_timer(ended, call.run) if early else None
    exam.expect(
        lasted == PATIENCE,
        f"printing ends after {PATIENCE:g} s",
        f"it ended after {lasted:g} s" if early else f"it went on for {lasted:g} s",
        advice="These seconds are for printing. Which other calls does your deadline "
        "count?"
        if early
        else "",
        site=deadline or call.site,
        timeline=exam.calls,
    )


@check(
    "timeouts",
    points=1,
    hint="The 2 s are for printing. Which other calls does your deadline hold for?",
    guard=True,
)
async def test_the_other_steps_may_take_their_time(exam: Exam) -> None:
    """A label is printed although every other step takes longer than 2 s."""
    room = PrintRoom(exam)
    for name in ("acquire", "warm_up", "release"):
        getattr(exam.services, name).takes(exam.random.choice((2.5, 3, 4)))
    exam.services.print_label.takes(1.9)

    reply = await over(room.post())

    exam.expect_status(reply, 201, advice=exam.hint)
