"""asyncio and threads: cancellation, timeouts, weak futures, the clock, the gate."""

from __future__ import annotations

import asyncio

import pytest

from graders.proctor import Exam
from graders.tests.exams import Examine, problems

GIVEN = """
    import time

    async def fetch(name: str) -> str:
        return name

    def scan(name: str) -> str:
        time.sleep(1)
        return name
"""

SERVICES = {"fetch": "async", "scan": "blocking"}


@pytest.mark.parametrize(
    ("clause", "swallowed"),
    [
        ("except:", True),
        ("except BaseException:", True),
        ("except Exception:", False),
    ],
)
def test_p8_only_a_bare_except_swallows_a_cancellation(
    examine: Examine, clause: str, swallowed: bool
) -> None:
    source = f"""
        import asyncio
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        async def index():
            try:
                await asyncio.sleep(10)
            {clause}
                await asyncio.sleep(1)
            return "swallowed"
    """

    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/")
        await exam.sleep(1)
        exchange.cancel()
        await exchange.returns()
        assert exchange.finished is not None
        assert exchange.finished.cancelled is not swallowed
        assert exam.now == (2.0 if swallowed else 1.0)

    assert examine(source, body) == []


@pytest.mark.asyncio
async def test_p8_a_timeout_is_an_exception_and_gather_returns_a_cancellation() -> None:
    assert issubclass(TimeoutError, Exception)
    assert not issubclass(asyncio.CancelledError, Exception)

    async def leave() -> None:
        raise asyncio.CancelledError

    (result,) = await asyncio.gather(leave(), return_exceptions=True)
    assert isinstance(result, asyncio.CancelledError)


def test_p9_wait_for_waits_for_one_that_swallows_its_cancellation(
    examine: Examine,
) -> None:
    source = """
        import asyncio
        from fastapi import FastAPI

        app = FastAPI()

        async def stubborn():
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                await asyncio.sleep(3)
            return "late"

        @app.get("/")
        async def index():
            return await asyncio.wait_for(stubborn(), 0.05)
    """

    async def body(exam: Exam) -> None:
        reply = await exam.get("/")
        assert (reply.status, reply.json(), reply.took) == (200, "late", 3.05)

    assert examine(source, body) == []


def test_p10_gather_leaves_siblings_running_and_a_task_group_does_not(
    examine: Examine,
) -> None:
    source = """
        import asyncio
        from fastapi import FastAPI
        from given import fetch

        app = FastAPI()

        async def fail():
            await asyncio.sleep(1)
            raise ValueError("no")

        @app.get("/gather")
        async def gathered():
            try:
                await asyncio.gather(fetch("a"), fail())
            except ValueError:
                return "failed"

        @app.get("/group")
        async def grouped():
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(fetch("b"))
                    group.create_task(fail())
            except* ValueError:
                pass
            return "failed"
    """

    async def body(exam: Exam) -> None:
        exam.services.fetch.takes(5).answers("x")
        assert (await exam.get("/gather")).took == 1.0
        assert (await exam.get("/group")).took == 1.0
        await exam.settle()
        left, cancelled = exam.calls.of("fetch")
        assert (left.outcome, left.ended) == ("answered", 5.0)
        assert (cancelled.outcome, cancelled.ended) == ("cancelled", 2.0)

    assert examine(source, body, given=GIVEN, services=SERVICES) == []


def test_p16_a_contended_lock_belongs_to_its_loop() -> None:
    lock = asyncio.Lock()

    async def contend() -> None:
        async def hold() -> None:
            async with lock:
                await asyncio.sleep(0)

        await asyncio.gather(hold(), hold())

    asyncio.run(contend())
    with pytest.raises(RuntimeError, match="bound to a different event loop"):
        asyncio.run(contend())


@pytest.mark.asyncio
async def test_p16_an_uncontended_lock_belongs_to_nobody() -> None:
    lock = asyncio.Lock()

    async def hold() -> None:
        async with lock:
            pass

    await hold()
    await asyncio.to_thread(asyncio.run, hold())


def test_p18_a_task_without_a_reference_may_be_collected(examine: Examine) -> None:
    source = """
        import asyncio, gc
        from fastapi import FastAPI
        from given import fetch

        app = FastAPI()
        done = []

        async def work(wait):
            await wait
            done.append(True)

        @app.get("/service")
        async def service():
            asyncio.create_task(work(fetch("a")))

        @app.get("/sleep")
        async def sleep():
            asyncio.create_task(work(asyncio.sleep(1)))

        @app.get("/collect")
        async def collect():
            gc.collect()
            await asyncio.sleep(2)
            return len(done)
    """

    def body(path: str, count: int) -> object:
        async def run(exam: Exam) -> None:
            exam.services.fetch.takes(1)
            await exam.get(path)
            assert (await exam.get("/collect")).json() == count

        return run

    options = {"given": GIVEN, "services": SERVICES}
    kept = examine(source, body("/sleep", 1), **options)  # type: ignore[arg-type]
    assert kept == []
    lost = examine(source, body("/service", 0), **options)  # type: ignore[arg-type]
    assert problems(lost) == ["task destroyed"]


WAYS = {
    "def": ("def index():\n    time.sleep(2)", 2.0),
    "to_thread": (
        "async def index():\n    await asyncio.to_thread(time.sleep, 2)",
        2.0,
    ),
    "aiofiles": (
        "async def index():\n    async with aiofiles.open('x', 'w') as file:\n"
        "        await file.write('x')",
        0.0,
    ),
    "aiosqlite": (
        "async def index():\n    async with aiosqlite.connect('x.db') as connection:\n"
        "        await connection.execute('SELECT 1')",
        0.0,
    ),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_p20_no_timeout_strikes_while_a_thread_works(
    examine: Examine, way: str
) -> None:
    endpoint, seconds = WAYS[way]
    source = f"""
import asyncio, time
import aiofiles, aiosqlite
from fastapi import FastAPI

inner = FastAPI()

@inner.get("/")
{endpoint}

async def app(scope, receive, send):
    async with asyncio.timeout(5 if scope["type"] == "http" else None):
        await inner(scope, receive, send)
"""

    async def body(exam: Exam) -> None:
        for _ in range(5):
            reply = await exam.get("/")
            assert (reply.status, reply.took) == (200, seconds)

    assert problems(examine(source, body)) == []


@pytest.mark.parametrize(
    ("endpoint", "free"),
    [
        ("async def parked():\n            return scan('a')", False),
        ("def parked():\n            return scan('a')", True),
        (
            "async def parked():\n"
            "            return await asyncio.to_thread(scan, 'a')",
            True,
        ),
    ],
)
def test_p22_health_answers_while_a_thread_is_parked_and_not_while_the_loop_is(
    examine: Examine, endpoint: str, free: bool
) -> None:
    source = f"""
        import asyncio
        from fastapi import FastAPI
        from given import scan

        app = FastAPI()

        @app.get("/parked")
        {endpoint}

        @app.get("/health")
        async def health():
            return "ok"
    """

    async def body(exam: Exam) -> None:
        exam.services.scan.answers("done")
        with exam.services.scan.gate() as gate:
            parked = exam.start("GET", "/parked")
            await exam.calls_in_flight(1, "scan")
            health = exam.start("GET", "/health")
            await exam.settle()
            assert (health.ended is not None) is free
            gate.open()
            assert (await parked.reply()).json() == "done"
            assert (await health.reply()).json() == "ok"

    found = problems(examine(source, body, given=GIVEN, services=SERVICES))
    assert bool(found) is not free
    assert set(found) <= {"blocked"}


SINGLE_FLIGHT = """
    import asyncio
    from fastapi import FastAPI
    from given import fetch

    app = FastAPI()
    cache, tasks, lock = {}, {}, asyncio.Lock()

    @app.get("/shield")
    async def shielded():
        if "a" not in tasks:
            tasks["a"] = asyncio.create_task(fetch("a"))
        return await asyncio.shield(tasks["a"])

    @app.get("/lock")
    async def locked():
        if "a" not in cache:
            async with lock:
                if "a" not in cache:
                    cache["a"] = await fetch("a")
        return cache["a"]

    @app.get("/bare")
    async def bare():
        if "a" not in tasks:
            tasks["a"] = asyncio.create_task(fetch("a"))
        return await tasks["a"]
"""


@pytest.mark.parametrize(
    ("path", "calls", "served"),
    [("/shield", 1, True), ("/lock", 2, True), ("/bare", 1, False)],
)
def test_p25_what_becomes_of_followers_when_the_leader_is_cancelled(
    examine: Examine, path: str, calls: int, served: bool
) -> None:
    async def body(exam: Exam) -> None:
        exam.services.fetch.takes(2).answers("a")
        leader = exam.start("GET", path)
        await exam.sleep(0.5)
        followers = [exam.start("GET", path) for _ in range(3)]
        await exam.sleep(0.5)
        leader.cancel()
        for follower in followers:
            await follower.returns()
            assert follower.finished is not None
            assert follower.finished.cancelled is not served
        assert len(exam.calls.of("fetch")) == calls

    assert examine(SINGLE_FLIGHT, body, given=GIVEN, services=SERVICES) == []
