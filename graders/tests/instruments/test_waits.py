"""Waits for one's turn, and timers that have run out."""

from __future__ import annotations

from textwrap import dedent

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from graders.proctor import Exam, Exchange
from graders.proctor.hosts.turns import Deadlock
from graders.tests.exams import Examine
from graders.wire import HTTP_LIBRARIES

BEGINNING = dedent(
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor
    import anyio, httpx
    from fastapi import FastAPI
    from given import fetch

    app = FastAPI()
    """
)
GIVEN = """
    async def fetch(name: str) -> str:
        return name
"""


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def two_at_once(exam: Exam) -> Exchange:
    """Two requests at the same time; returns the second, when both are answered."""
    first, second = exam.start("GET", "/"), exam.start("GET", "/")
    await first.reply()
    await second.reply()
    return second


TURNS = {
    "asyncio.Lock": ("Lock", "lock = asyncio.Lock()", "async with lock:"),
    "asyncio.Semaphore": (
        "Semaphore",
        "lock = asyncio.Semaphore(1)",
        "async with lock:",
    ),
    "asyncio.BoundedSemaphore": (
        "Semaphore",
        "lock = asyncio.BoundedSemaphore(1)",
        "async with lock:",
    ),
    "anyio.Lock": ("Lock", "lock = anyio.Lock()", "async with lock:"),
    "anyio.Semaphore": ("Semaphore", "lock = anyio.Semaphore(1)", "async with lock:"),
    "anyio.CapacityLimiter": (
        "CapacityLimiter",
        "lock = anyio.CapacityLimiter(1)",
        "async with lock:",
    ),
}


@pytest.mark.parametrize("turn", TURNS)
def test_who_waits_for_his_turn_is_reported(examine: Examine, turn: str) -> None:
    what, made, taken = TURNS[turn]
    source = BEGINNING + dedent(
        f"""
        {made}

        @app.get("/")
        async def index():
            {taken}
                return await fetch("tea")
        """
    )

    async def body(exam: Exam) -> None:
        exam.services.fetch.takes(2)
        second = await two_at_once(exam)
        (wait,) = exam.causes.waits
        assert (wait.what, wait.ended - wait.began) == (what, 2_000_000_000)
        assert wait.run == second.run
        assert exam.line_of(wait.site) == taken
        assert exam.causes.of_turns(0, 9) == wait.site
        assert exam.causes.of_turns(2, 9) is None

    examine(source, body, given=GIVEN, services={"fetch": "async"})


def test_a_deadlock_is_still_told_by_the_name_of_the_lock(examine: Examine) -> None:
    source = BEGINNING + dedent(
        """
        lock = asyncio.Lock()

        @app.get("/")
        async def index():
            await lock.acquire()
            await lock.acquire()
        """
    )

    async def body(exam: Exam) -> None:
        with pytest.raises(Deadlock) as caught:
            await exam.get("/")
        waits = [one.waits_for for one in caught.value.pending if one.site is not None]
        assert waits == ["Lock.acquire"]

    examine(source, body, given=GIVEN, finish=False)


def test_a_wait_for_a_thread_is_reported(examine: Examine) -> None:
    source = BEGINNING + dedent(
        """
        import time
        pool = ThreadPoolExecutor(1)

        @app.get("/")
        async def index():
            return await asyncio.get_running_loop().run_in_executor(pool, time.sleep, 1)
        """
    )

    async def body(exam: Exam) -> None:
        second = await two_at_once(exam)
        (wait,) = exam.causes.waits
        assert (wait.what, wait.run) == ("a free thread", second.run)
        assert "run_in_executor" in exam.line_of(wait.site)

    examine(source, body, given=GIVEN)


@pytest.mark.parametrize("library", [library.name for library in HTTP_LIBRARIES])
def test_a_wait_for_a_connection_names_the_client_with_its_limits(
    examine: Examine, library: str
) -> None:
    source = (
        f"import {library} as http\n"
        + BEGINNING
        + dedent(
            """
        limits = http.Limits(max_connections=1)
        client = http.AsyncClient(limits=limits)

        @app.get("/")
        async def index():
            return (await client.get("http://up.example/")).text
        """
        )
    )

    async def body(exam: Exam) -> None:
        exam.network.serve("up.example", hello).takes(1)
        second = await two_at_once(exam)
        (wait,) = exam.causes.waits
        assert (wait.what, wait.run) == ("a free connection", second.run)
        assert exam.line_of(wait.site).startswith("client = http.AsyncClient")

    examine(source, body, given=GIVEN, finish=False)


ENDINGS = {
    "a sleep": "await asyncio.sleep(2)",
    "asyncio.timeout": "async with asyncio.timeout(2): await fetch('x')",
    "asyncio.wait_for": "await asyncio.wait_for(fetch('x'), 2)",
    "anyio.fail_after": "with anyio.fail_after(2): await fetch('x')",
    "asyncio.wait": "await asyncio.wait({asyncio.create_task(fetch('x'))}, timeout=2)",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_timer_that_has_run_out_is_reported(examine: Examine, ending: str) -> None:
    source = BEGINNING + dedent(
        f"""
        @app.get("/")
        async def index():
            try:
                async with asyncio.timeout(50):
                    {ENDINGS[ending]}
            except TimeoutError:
                pass
        """
    )

    async def body(exam: Exam) -> None:
        exam.services.fetch.takes(9)
        reply = await exam.get("/")
        assert reply.took == 2
        site = exam.causes.of_timer(reply.ended, reply.run)
        assert exam.line_of(site) == ENDINGS[ending]
        assert exam.causes.of_timer(reply.ended + 1) is None
        # The other one was not needed.
        assert len(exam.causes.timers) == 1

    examine(source, body, given=GIVEN, services={"fetch": "async"}, finish=False)


HANDED = {
    "a thread of asyncio's": "await asyncio.to_thread(scan)",
    "a thread of anyio's": "await anyio.to_thread.run_sync(scan)",
    "a thread of a pool's": "ThreadPoolExecutor(1).submit(scan)",
    "a thread of its own": "threading.Thread(target=scan).start()",
    "a background task": "background.add_task(scan)",
    "a task": "asyncio.create_task(later())",
}


@pytest.mark.parametrize("hands", HANDED)
def test_a_call_names_the_line_that_handed_it_on(examine: Examine, hands: str) -> None:
    source = BEGINNING + dedent(
        f"""
        import threading
        from fastapi import BackgroundTasks
        from given import scan

        async def later():
            await asyncio.to_thread(scan)

        @app.get("/")
        async def index(background: BackgroundTasks):
            {HANDED[hands]}
        """
    )
    given = GIVEN + "\n    def scan() -> None: ...\n"

    async def body(exam: Exam) -> None:
        await exam.get("/")
        await exam.settle()
        (call,) = exam.calls
        assert exam.line_of(call.lines[-1]) == HANDED[hands]

    services = {"fetch": "async", "scan": "blocking"}
    examine(source, body, given=given, services=services)


def test_what_is_called_after_a_thread_is_not_handed_on(examine: Examine) -> None:
    source = BEGINNING + dedent(
        """
        @app.get("/")
        async def index():
            await anyio.to_thread.run_sync(print)
            await fetch("x")
        """
    )

    async def body(exam: Exam) -> None:
        await exam.get("/")
        (call,) = exam.calls
        assert [exam.line_of(site) for site in call.lines] == ['await fetch("x")']

    examine(source, body, given=GIVEN, services={"fetch": "async"})


def test_each_job_of_a_pool_s_thread_is_done_for_its_own_request(
    examine: Examine,
) -> None:
    source = BEGINNING + dedent(
        """
        pool = ThreadPoolExecutor(1)

        @app.get("/{name}")
        async def own_loop(name: str):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(pool, lambda: asyncio.run(fetch(name)))
        """
    )

    async def body(exam: Exam) -> None:
        exam.services.fetch.takes(1).answers(lambda name: name)
        replies = [await exam.get(f"/{name}") for name in ("a", "b")]

        calls = exam.services.fetch.calls
        assert [call.run for call in calls] == [reply.run for reply in replies]

    examine(source, body, given=GIVEN, services={"fetch": "async"}, finish=False)
