"""Ends that come early, late or not at all: of calls, runs, tasks and clients."""

from __future__ import annotations

from graders.proctor import Exam, peak
from graders.tests.exams import Examine

GIVEN = """
    async def print_label(number: int) -> None: ...
"""

APP = """
    import asyncio
    from contextlib import asynccontextmanager
    from fastapi import FastAPI
    from given import print_label

    tasks = []

    @asynccontextmanager
    async def lifespan(app):
        yield
        tasks.append(asyncio.create_task(asyncio.sleep(30)))

    app = FastAPI(lifespan=lifespan)

    @app.get("/replaces")
    async def replaces():
        printing = [asyncio.create_task(print_label(n)) for n in range(3)]
        await asyncio.sleep(1)
        printing[0].cancel()
        # The next call is made in the turn in which the first one is given up.
        await asyncio.gather(printing[0], return_exceptions=True)
        await asyncio.gather(print_label(3), *printing[1:])

    @app.get("/endless")
    async def endless():
        await asyncio.Event().wait()

    @app.get("/pages")
    async def pages():
        return "x" * 100
"""


def test_a_call_given_up_does_not_overlap_the_next_one_of_its_turn(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        exam.services.print_label.takes(5)
        await exam.get("/replaces")

        calls = exam.services.print_label.calls
        assert [call.outcome for call in calls] == ["cancelled", *["answered"] * 3]
        assert calls[0].left < calls[3].entered
        assert peak(calls) == 3

    examine(APP, body, given=GIVEN, services={"print_label": "async"}, finish=False)


def test_a_run_that_is_cancelled_before_its_first_step_ends(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/endless")
        exchange.cancel()
        await exchange.returns()

        assert exchange.finished is not None
        assert exchange.finished.cancelled
        assert exam.now == 0

    examine(APP, body, given=GIVEN, services={"print_label": "async"}, finish=False)


def test_a_task_that_outlives_the_shutdown_is_seen_once(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/pages")).status == 200

    evidence = examine(APP, body, given=GIVEN, services={"print_label": "async"})

    (left,) = [item for item in evidence if item.kind == "task left"]
    assert left.detail == "sleep"
    assert left.site is not None
    assert left.site.function == "lifespan"


def test_a_client_that_still_holds_sends_keeps_nothing_alive(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/pages")
        exchange.hold_sends = True
        await exchange.started()

    evidence = examine(APP, body, given=GIVEN, services={"print_label": "async"})

    assert [item.detail for item in evidence if item.kind == "task left"] == ["sleep"]
