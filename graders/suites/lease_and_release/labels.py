"""A label that is printed: its job, and the steps of the driver that lead to it."""

from __future__ import annotations

from graders.proctor import CallRecord, Exam, check
from graders.suites.lease_and_release.causes import of_last
from graders.suites.lease_and_release.world import STEPS, PrintRoom, over


@check(
    "errors",
    points=1,
    hint="The job's number is what print_label returns for the lease and the text.",
)
async def test_a_label_is_printed(exam: Exam) -> None:
    """A label is printed, and the answer is the number of its job."""
    room = PrintRoom(exam)
    for _ in range(2):
        label = room.label()

        reply = await over(exam.start("POST", "/labels", json=label))

        exam.expect_status(reply, 201)
        job = room.job(room.granted[-1], label["text"]) if room.granted else ""
        exam.expect_json(reply, {"job": job}, source="the driver")


@check(
    "awaits",
    points=1,
    hint="Which call needs the one before it to have ended, and what makes your code "
    "wait for that?",
)
async def test_the_driver_is_called_step_by_step(exam: Exam) -> None:
    """The driver is called step by step, each step once and after the one before."""
    room = PrintRoom(exam)
    steps = (*STEPS, "release")
    for name in steps:
        getattr(exam.services, name).takes(exam.random.choice((0.5, 1, 1.5)))

    await room.post().returns()

    earlier: CallRecord | None = None
    for name in steps:
        calls = exam.calls.of(name)
        exam.expect(
            len(calls) == 1,
            f"{name} is called once for a label",
            f"{len(calls)} calls" if calls else "it was not called",
            site=of_last(exam, calls),
            timeline=exam.calls,
        )
        (call,) = calls
        if earlier is not None:
            exam.expect(
                earlier.ended is not None and earlier.ended <= call.began,
                f"{name} is called when {earlier.name} has ended",
                f"{earlier.name} was still going on",
                site=call.site,
                timeline=exam.calls,
            )
        earlier = call
