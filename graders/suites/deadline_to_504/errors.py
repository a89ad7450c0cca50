"""What a board answers when its timetable is no help: the cache, 502, 404 or 500."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from graders.proctor import Exam, Reply, check
from graders.suites.deadline_to_504.world import SILENT, Railway, path


@check(
    "errors",
    points=2,
    hint="Only who asks for the cache gets it, and it knows that it does: look at "
    "`stale`.",
)
async def test_the_cache_helps_out_when_asked(exam: Exam) -> None:
    """With `fallback=cache` a timeout shows what the cache has, marked as stale."""
    railway = Railway(exam)
    # What a board has shown is not what the cache has.
    exam.expect_status(await exam.get(path(railway.here)), 200)
    railway.timetable.takes(SILENT)
    quiet = railway.add_quiet_station()

    silent = await exam.get(path(railway.here, fallback=True))
    empty = await exam.get(path(quiet, fallback=True))
    railway.timetable.unreachable()
    unreachable = await exam.get(path(railway.there, fallback=True))

    for reply, station in (
        (silent, railway.here),
        (unreachable, railway.there),
        (empty, quiet),
    ):
        exam.expect_status(reply, 200)
        exam.expect_json(reply, railway.page(station, stale=True))


async def _asked(exam: Exam, railway: Railway, target: str) -> Reply:
    """The reply to a request that has made the submission ask the timetable."""
    timetable = railway.timetable
    before = len(timetable.calls), len(timetable.attempts)
    reply = await exam.get(target)
    exam.expect(
        (len(timetable.calls), len(timetable.attempts)) != before,
        "the timetable is asked",
        "it was not asked",
        site=exam.endpoint(reply.run),
    )
    return reply


@check(
    "errors",
    points=1,
    hint="A call that fails at once is no timeout. Look at httpx's tree of exceptions.",
)
async def test_a_broken_connection_is_502(exam: Exam) -> None:
    """A timetable that cannot be reached or breaks off is a 502, with any fallback."""
    railway = Railway(exam)
    timetable = railway.timetable
    troubles = [timetable.refuses, timetable.unknown, timetable.resets]
    for trouble in exam.random.sample(troubles, len(troubles)):
        trouble()
        for fallback in (False, True):
            reply = await _asked(exam, railway, path(railway.here, fallback=fallback))

            cached = exam.calls.of("last_departures")
            if reply.status == 200 and cached and cached[-1].site is not None:
                # The cache helped out, where it should not have been asked.
                site = exam.code.condition(cached[-1].site) or cached[-1].site
                exam.fail(f"{reply.request} answers 502", "200", site=site)
            exam.expect_status(reply, 502)


@check(
    "errors",
    points=1,
    hint="An answer is not yet a good answer. What do its status and its text say?",
)
async def test_an_unusable_answer_is_502(exam: Exam) -> None:
    """A timetable that answers with a server error or broken JSON is a 502."""
    railway = Railway(exam)
    answers = [
        Response('[{"line": "S1", "to": ', media_type="application/json"),
        Response("<h1>We are moving</h1>", media_type="text/html"),
        # No UTF-8, so it is not even text.
        Response(b"<h1>Z\xfcrich has moved</h1>", media_type="application/json"),
        JSONResponse([], 500),
        # Its own timeout with somebody else is none of ours.
        JSONResponse([], 504),
        Response("<h1>Service Unavailable</h1>", 503, media_type="text/html"),
    ]
    for answer in exam.random.sample(answers, len(answers)):
        railway.says(answer)

        reply = await _asked(exam, railway, path(railway.here))

        if reply.status == 200:
            # It takes for trains whatever comes.
            read = [*exam.code.calls("json"), exam.answer(reply.run)]
            exam.fail(f"{reply.request} answers 502", "200", site=read[0])
        exam.expect_status(reply, 502)


@check(
    "errors",
    points=1,
    hint="The timetable says with its status that it knows no such station.",
)
async def test_an_unknown_station_is_404(exam: Exam) -> None:
    """A station that the timetable does not know is a 404."""
    nowhere = path(f"atlantis-{exam.random.randint(1, 999)}")

    reply = await _asked(exam, Railway(exam), nowhere)

    exam.expect_status(reply, 404)


@check(
    "errors",
    points=1,
    hint="Catch the errors that you expect, around the lines that may raise them, and "
    "no others.",
)
async def test_a_bug_of_our_own_stays_500(exam: Exam) -> None:
    """A bug of our own stays a 500, for it is not the timetable's fault."""
    railway = Railway(exam)
    railway.add_unknown_line(railway.here)

    reply = await _asked(exam, railway, path(railway.here))

    exam.expect_status(reply, 500)
    railway.timetable.takes(SILENT)
    for bug in "KeyError", "TimeoutError":
        exam.services.last_departures.fails(bug)
        reply = await _asked(exam, railway, path(railway.there, fallback=True))

        exam.expect_status(reply, 500)
