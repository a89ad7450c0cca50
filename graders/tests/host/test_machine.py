"""Dates follow the exam's clock, and every machine has as many processors."""

from __future__ import annotations

import gc
from datetime import datetime

from graders.proctor import Exam
from graders.tests.exams import Examine, kinds


def test_a_class_gives_away_its_own_dictionary() -> None:
    (members,) = gc.get_referents(datetime.__dict__)
    assert members == datetime.__dict__


DATES = """
    import asyncio
    import datetime
    import time
    from datetime import date, timezone
    from fastapi import FastAPI

    app = FastAPI()

    class Moment(datetime.datetime):
        pass

    @app.get("/passed")
    async def passed():
        clocks = {
            "now": datetime.datetime.now,
            "now with a time zone": lambda: datetime.datetime.now(tz=timezone.utc),
            "utcnow": datetime.datetime.utcnow,
            "today": datetime.datetime.today,
            "of a subclass": Moment.now,
        }
        began = {name: clock() for name, clock in clocks.items()}
        await asyncio.sleep(2.5)
        return {
            name: (clock() - began[name]).total_seconds()
            for name, clock in clocks.items()
        }

    @app.get("/now")
    async def now():
        return {
            "naive": datetime.datetime.now().isoformat(),
            "aware": datetime.datetime.now(timezone.utc).isoformat(),
            "same": datetime.datetime.now().timestamp() == time.time(),
            "day": date.today(),
            "class": type(Moment.now()).__name__,
        }
"""


def test_dates_follow_the_exams_clock(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get("/passed")
        assert reply.status == 200
        assert set(reply.json().values()) == {2.5}

    assert kinds(examine(DATES, body)) == []


def test_the_date_is_the_one_that_the_clock_shows(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/now")).json() == {
            "naive": "2025-03-14T08:00:00",
            "aware": "2025-03-14T08:00:00+00:00",
            "same": True,
            "day": "2025-03-14",
            "class": "Moment",
        }

    examine(DATES, body)


POOL = """
    import os
    from concurrent.futures import ThreadPoolExecutor
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/processors")
    async def processors():
        with ThreadPoolExecutor() as pool:
            return [os.cpu_count(), pool._max_workers]
"""


def test_the_default_thread_pool_is_as_large_on_every_machine(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/processors")).json() == [4, 8]

    examine(POOL, body)


SET = """
    import time
    from datetime import UTC, datetime
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/clocks")
    async def clocks():
        return {
            "time": time.time(),
            "now": datetime.now(UTC).timestamp(),
            "monotonic": time.monotonic(),
            "counter": time.perf_counter(),
        }
"""


def test_a_date_that_is_set_moves_no_clock_that_measures(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        before = (await exam.get("/clocks")).json()
        exam.move_date(-3600)
        after = (await exam.get("/clocks")).json()
        moved = {name: after[name] - before[name] for name in before}
        assert moved == {"time": -3600, "now": -3600, "monotonic": 0, "counter": 0}

    examine(SET, body)


def test_trio_is_absent_on_every_machine(examine: Examine) -> None:
    app = """
        from fastapi import FastAPI

        try:
            import trio
        except ModuleNotFoundError as exc:
            said = str(exc)

        app = FastAPI()

        @app.get("/said")
        async def tell():
            return said
    """

    async def body(exam: Exam) -> None:
        said = (await exam.get("/said")).json()
        assert said == "No module named 'trio': submissions run on asyncio"

    assert kinds(examine(app, body)) == []
