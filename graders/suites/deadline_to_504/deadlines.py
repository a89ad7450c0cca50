"""A board in time, a timetable that is not, and when the call to it ends."""

from __future__ import annotations

from graders.proctor import Exam, Reply, check
from graders.suites.deadline_to_504.expectations import lasted, the_call
from graders.suites.deadline_to_504.world import DEADLINE, SILENT, Railway, path

# httpx has a timeout for each step of a call.
_STEPS = ("ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout")


@check(
    "errors",
    points=1,
    hint="Ask `{TIMETABLE_URL}/departures/{station}`, and give `board` what it says.",
)
async def test_a_board_shows_the_trains_of_its_station(exam: Exam) -> None:
    """A board shows the trains that the timetable has for its station, if any."""
    railway = Railway(exam)
    quiet = railway.add_quiet_station()

    for station in (railway.here, railway.there, quiet):
        reply = await exam.get(path(station))

        exam.expect_status(reply, 200)
        exam.expect_json(reply, railway.page(station))


@check(
    "timeouts",
    points=3,
    hint="httpx has timeouts, and asyncio has them for everything that can be awaited. "
    "Which of yours holds while it connects, which while it waits?",
)
async def test_a_traveller_waits_two_seconds_and_no_more(exam: Exam) -> None:
    """The answer comes after 2 s when the timetable is silent or does not connect."""
    railway = Railway(exam)
    railway.timetable.takes(SILENT)

    _expect_deadline(exam, railway, await exam.get(path(railway.here)))
    railway.timetable.unreachable()
    _expect_deadline(exam, railway, await exam.get(path(railway.here)))


def _expect_deadline(exam: Exam, railway: Railway, reply: Reply) -> None:
    """The answer came at the deadline."""
    if reply.took > DEADLINE:
        the_call(exam, railway, reply.run)
    exam.expect_took(reply, DEADLINE)


@check(
    "errors",
    points=2,
    hint="Which exception says that the time is over? The body is a JSON object of "
    "your own, not a `detail`.",
)
async def test_a_silent_timetable_is_504(exam: Exam) -> None:
    """A timetable that is out of time is a 504 that says `upstream_timeout`."""
    railway = Railway(exam)
    railway.timetable.takes(SILENT)

    silent = await exam.get(path(railway.here))
    railway.timetable.unreachable()
    unreachable = await exam.get(path(railway.here))

    for reply in (silent, unreachable):
        one_step = exam.code.handlers(*_STEPS, raising=True)
        if reply.status == 502 and one_step:
            # Some timeouts are known to it, and this was another one.
            exam.fail(f"{reply.request} answers 504", "502", site=one_step[0])
        exam.expect_status(reply, 504)
        exam.expect_json(reply, {"error": "upstream_timeout"})


@check(
    "timeouts",
    points=2,
    hint="Not waiting any longer is one thing, ending the call another. Who cancels "
    "it?",
)
async def test_the_call_ends_at_the_deadline(exam: Exam) -> None:
    """After 2 s the call to the timetable is given up."""
    railway = Railway(exam)
    railway.timetable.takes(SILENT)

    reply = await exam.get(path(railway.here))
    await exam.settle()

    call = the_call(exam, railway, reply.run)
    took = lasted(exam, call, reply.began)
    exam.expect(
        took <= DEADLINE,
        f"the call to the timetable ends after {DEADLINE:g} s",
        f"it went on for {took:g} s",
        # In a thread, the line that has given up waiting for it is all that is known.
        site=[
            *exam.code.calls("shield"),
            call,
            exam.causes.of_timer(reply.ended, reply.run),
            exam.answer(reply.run),
        ],
        timeline=[call],
    )


@check(
    "timeouts",
    points=1,
    hint="2 s are for the whole call. Is any step of it given less?",
)
async def test_an_answer_after_1_9_seconds_is_in_time(exam: Exam) -> None:
    """A timetable that answers after 1.9 s is in time."""
    railway = Railway(exam)
    railway.timetable.takes(1.9)

    reply = await exam.get(path(railway.here))

    exam.expect_status(reply, 200)
    exam.expect_took(reply, 1.9)
