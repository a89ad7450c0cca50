"""The traps of the lock step, each met in life by another virtual clock."""

from __future__ import annotations

import asyncio

import pytest

from graders.proctor import Deadlock, Exam
from graders.tests.exams import Examine, kinds

SERVICES = {"look_up": "async", "print_label": "blocking"}
GIVEN = """
    async def look_up(key: int) -> int | None: ...
    def print_label(key: int) -> int | None: ...
"""

THREADS = """
    import asyncio
    import threading
    import time
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import asynccontextmanager

    import anyio
    from fastapi import FastAPI
    from fastapi.concurrency import run_in_threadpool
    from given import look_up, print_label

    @asynccontextmanager
    async def lifespan(app):
        yield
        pool.shutdown()

    app = FastAPI(lifespan=lifespan)
    pool = ThreadPoolExecutor(4)

    @app.get("/def")
    def plain():
        time.sleep(2)

    @app.get("/to-thread")
    async def to_thread():
        await asyncio.to_thread(time.sleep, 2)

    @app.get("/anyio")
    async def with_anyio():
        await anyio.to_thread.run_sync(time.sleep, 2)

    @app.get("/threadpool")
    async def threadpool():
        await run_in_threadpool(time.sleep, 2)

    @app.get("/executor")
    async def executor():
        await asyncio.get_running_loop().run_in_executor(pool, time.sleep, 2)

    @app.get("/own-thread")
    async def own_thread():
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def work():
            time.sleep(2)
            loop.call_soon_threadsafe(done.set)

        threading.Thread(target=work).start()
        await done.wait()

    @app.get("/event")
    def event():
        threading.Event().wait(2)

    @app.get("/from-thread")
    def from_thread():
        anyio.from_thread.run(asyncio.sleep, 2)

    @app.get("/coroutine-threadsafe")
    async def coroutine_threadsafe():
        loop = asyncio.get_running_loop()

        def work():
            asyncio.run_coroutine_threadsafe(asyncio.sleep(2), loop).result()

        await asyncio.to_thread(work)

    @app.get("/joined")
    def joined():
        thread = threading.Thread(target=time.sleep, args=(2,))
        thread.start()
        thread.join()

    @app.get("/service")
    def service():
        print_label(1)

    @app.get("/asyncio-run")
    def asyncio_run():
        async def both():
            await asyncio.gather(asyncio.sleep(2), look_up(1))

        asyncio.run(both())

    @app.get("/portal")
    def portal():
        with anyio.from_thread.start_blocking_portal() as portal:
            portal.call(look_up, 1)

    @app.get("/loop-in-thread")
    async def loop_in_thread():
        await asyncio.to_thread(asyncio.run, asyncio.sleep(2))
"""
WAYS_TO_SPEND_TWO_SECONDS = [
    "def",
    "to-thread",
    "anyio",
    "threadpool",
    "executor",
    "own-thread",
    "event",
    "from-thread",
    "coroutine-threadsafe",
    "joined",
    "service",
    "asyncio-run",
    "portal",
    "loop-in-thread",
]


@pytest.mark.parametrize("way", WAYS_TO_SPEND_TWO_SECONDS)
def test_two_seconds_in_a_thread_take_two_virtual_seconds(
    examine: Examine, way: str
) -> None:
    async def body(exam: Exam) -> None:
        exam.services.print_label.takes(2)
        exam.services.look_up.takes(2)
        exchanges = [exam.start("GET", f"/{way}") for _ in range(4)]
        replies = [await exchange.reply() for exchange in exchanges]
        assert [(reply.status, reply.took) for reply in replies] == [(200, 2.0)] * 4

    evidence = examine(THREADS, body, given=GIVEN, services=SERVICES)
    assert kinds(evidence) == []


def test_gather_takes_as_long_as_its_slowest_call_to_the_nanosecond(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        exam.services.look_up.takes(lambda key: [0.1, 0.2, 0.15][key])
        reply = await exam.get("/all")
        assert reply.took == 0.2
        assert exam.services.look_up.peak == 3

    examine(
        """
        import asyncio
        from fastapi import FastAPI
        from given import look_up

        app = FastAPI()

        @app.get("/all")
        async def all_three():
            await asyncio.gather(look_up(0), look_up(1), look_up(2))
        """,
        body,
        given=GIVEN,
        services=SERVICES,
    )


SPURIOUS = """
    import asyncio
    import os
    import time

    from fastapi import FastAPI
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    app = FastAPI()
    engine = create_async_engine(os.environ["DATABASE_URL"], poolclass=NullPool)

    @app.get("/sql")
    async def sql():
        async with asyncio.timeout(0.5):
            async with engine.connect() as connection:
                return (await connection.execute(text("select 1"))).scalar()

    @app.get("/thread")
    async def thread():
        async with asyncio.timeout(0.5):
            return await asyncio.to_thread(sum, range(50_000))
"""


@pytest.mark.parametrize("path", ["/sql", "/thread"])
def test_work_in_a_thread_never_times_out_spuriously(
    examine: Examine, path: str
) -> None:
    async def body(exam: Exam) -> None:
        for _ in range(20):
            exchanges = [exam.start("GET", path) for _ in range(5)]
            for exchange in exchanges:
                reply = await exchange.reply()
                assert (reply.status, reply.took) == (200, 0.0)

    evidence = examine(SPURIOUS, body, database=True)
    assert kinds(evidence) == []


SLEEPER = """
    import asyncio
    import time
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/sleep")
    async def sleep():
        time.sleep(2)

    @app.get("/health")
    async def health():
        return "ok"
"""


def test_a_sleep_on_the_loop_moves_the_clock_while_nothing_else_runs(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        sleeping = exam.start("GET", "/sleep")
        healthy = exam.start("GET", "/health")
        assert (await sleeping.reply()).took == 2.0
        assert (await healthy.reply()).took == 2.0

    evidence = examine(SLEEPER, body)
    assert [(item.kind, item.site and item.site.line) for item in evidence] == [
        ("blocked", 10)
    ]


def test_every_clock_of_the_submission_shows_the_exams_time(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get("/clocks")
        assert reply.json() == [[1.5] * 7, True]

    examine(
        """
        import asyncio
        import time
        from time import monotonic, perf_counter
        from fastapi import FastAPI

        app = FastAPI()

        def read():
            loop = asyncio.get_running_loop()
            nanoseconds = [time.monotonic_ns(), time.perf_counter_ns(), time.time_ns()]
            return [
                time.monotonic(), time.perf_counter(), time.time(), loop.time(),
                *[value / 1e9 for value in nanoseconds],
            ]

        @app.get("/clocks")
        async def clocks():
            before = read()
            await asyncio.sleep(1.5)
            after = read()
            moved = [round(b - a, 6) for a, b in zip(before, after)]
            return moved, monotonic() == time.monotonic() == perf_counter()
        """,
        body,
    )


FORGETFUL = """
    import asyncio
    import gc
    from fastapi import FastAPI
    from given import look_up

    app = FastAPI()
    done = []

    async def work():
        await look_up(1)
        done.append(1)

    @app.get("/start")
    async def start():
        asyncio.create_task(work())

    @app.get("/collect")
    async def collect():
        gc.collect()

    @app.get("/done")
    async def finished():
        return len(done)
"""


def test_a_task_that_nobody_holds_is_collected_while_it_waits(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        exam.services.look_up.takes(3)
        await exam.get("/start")
        await exam.sleep(1)
        await exam.get("/collect")
        await exam.sleep(5)
        assert (await exam.get("/done")).json() == 0

    evidence = examine(FORGETFUL, body, given=GIVEN, services=SERVICES)
    assert "task destroyed" in kinds(evidence)


def test_a_cancelled_call_is_seen_from_outside_when_it_happens(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        exam.services.look_up.takes(10)
        reply = await exam.get("/limited")
        assert reply.took == 2.0
        (call,) = exam.services.look_up.calls
        assert (call.outcome, call.ended) == ("cancelled", 2.0)

    examine(
        """
        import asyncio
        from fastapi import FastAPI
        from given import look_up

        app = FastAPI()

        @app.get("/limited")
        async def limited():
            try:
                async with asyncio.timeout(2):
                    await look_up(1)
            except TimeoutError:
                return "late"
        """,
        body,
        given=GIVEN,
        services=SERVICES,
    )


def test_the_order_of_events_is_the_same_in_every_run(examine: Examine) -> None:
    logs = []

    async def body(exam: Exam) -> None:
        exam.services.look_up.takes(lambda key: exam.random.choice([0, 0.1, 0.1, 0.3]))
        exam.services.print_label.takes(0.1)
        paths = [exam.random.choice(["/a", "/b", "/c"]) for _ in range(30)]
        replies = await asyncio.gather(*[exam.get(path) for path in paths])
        logs.append(
            [(reply.run, reply.took) for reply in replies]
            + [(call.name, call.began, call.ended, call.run) for call in exam.calls]
        )

    for _ in range(3):
        examine(
            """
            import asyncio
            from fastapi import FastAPI
            from given import look_up, print_label

            app = FastAPI()

            @app.get("/a")
            async def a():
                await asyncio.gather(look_up(1), look_up(2), look_up(3))

            @app.get("/b")
            async def b():
                await look_up(1)
                await asyncio.sleep(0.1)
                await look_up(2)

            @app.get("/c")
            async def c():
                for key in range(3):
                    await look_up(key)
            """,
            body,
            given=GIVEN,
            services=SERVICES,
        )
    assert logs[0] == logs[1] == logs[2]


IN_THREADS = """
    import asyncio
    import threading
    import time
    from concurrent.futures import ThreadPoolExecutor

    import anyio
    from fastapi import Depends, FastAPI

    app = FastAPI()
    pool = ThreadPoolExecutor(8)
    in_loop, in_threads = [], []

    def work(number):
        # Who comes first does the most.
        for _ in range(400_000 // (number + 1)):
            pass
        in_threads.append(number)

    def worked(number: int):
        work(number)
        return number

    @app.get("/dependency")
    async def dependency(number: int = Depends(worked)):
        in_loop.append(number)

    @app.get("/def")
    def plain(number: int):
        work(number)
        in_loop.append(number)

    @app.get("/to-thread")
    async def to_thread(number: int):
        await asyncio.to_thread(work, number)
        in_loop.append(number)

    @app.get("/anyio")
    async def with_anyio(number: int):
        await anyio.to_thread.run_sync(work, number)
        in_loop.append(number)

    @app.get("/executor")
    async def executor(number: int):
        await asyncio.get_running_loop().run_in_executor(pool, work, number)
        in_loop.append(number)

    @app.get("/own-thread")
    async def own_thread(number: int):
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def run():
            work(number)
            loop.call_soon_threadsafe(done.set)

        threading.Thread(target=run).start()
        await done.wait()
        in_loop.append(number)

    @app.get("/sleep")
    def sleep(number: int):
        time.sleep(1)
        work(number)
        in_loop.append(number)

    @app.get("/orders")
    async def orders():
        return [in_loop, in_threads]
"""
WAYS_INTO_THREADS = [
    "dependency",
    "def",
    "to-thread",
    "anyio",
    "executor",
    "own-thread",
    "sleep",
]


@pytest.mark.parametrize("way", WAYS_INTO_THREADS)
def test_threads_of_one_moment_come_in_the_order_in_which_they_were_handed_work(
    examine: Examine, way: str
) -> None:
    async def body(exam: Exam) -> None:
        numbers = list(range(8))
        await asyncio.gather(
            *(exam.get(f"/{way}?number={number}") for number in numbers)
        )
        assert (await exam.get("/orders")).json() == [numbers, numbers]

    examine(IN_THREADS, body)


ROUND_AND_ROUND = """
    import asyncio
    import threading
    import time

    from fastapi import FastAPI

    app = FastAPI()

    def helped(wait):
        # Nobody has told the waiting thread of what it waits for.
        done = []
        threading.Thread(target=done.append, args=(True,)).start()
        rounds = 0
        while not done:
            wait()
            rounds += 1
        return rounds

    @app.get("/sleep-zero")
    def sleep_zero():
        return helped(lambda: time.sleep(0))

    @app.get("/clock")
    def clock():
        return helped(time.monotonic)

    @app.get("/nothing")
    def nothing():
        return helped(int) and 1

    @app.get("/loop-in-thread")
    async def loop_in_thread():
        async def work():
            helped, rounds = asyncio.create_task(asyncio.to_thread(int)), 0
            while not helped.done():
                await asyncio.sleep(0)
                rounds += 1
            return rounds

        return await asyncio.to_thread(asyncio.run, work())

    @app.get("/loop")
    async def loop():
        helped, rounds = asyncio.create_task(asyncio.to_thread(int)), 0
        while not helped.done():
            await asyncio.sleep(0)
            rounds += 1
        return rounds
"""


@pytest.mark.parametrize(
    ("way", "most"),
    [
        ("sleep-zero", 1),
        ("clock", 20_000),
        ("nothing", 1),
        ("loop-in-thread", 300),
        ("loop", 300),
    ],
)
def test_who_goes_round_and_round_lets_others_go_first_before_time_passes(
    examine: Examine, way: str, most: int
) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get(f"/{way}")
        assert (reply.status, reply.took) == (200, 0.0)
        assert reply.json() <= most

    assert kinds(examine(ROUND_AND_ROUND, body)) == []


SPINNERS = """
    import asyncio
    import time
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/busy")
    async def busy():
        end = time.monotonic() + 3
        while time.monotonic() < end:
            pass

    @app.get("/round-and-round")
    async def round_and_round():
        loop = asyncio.get_running_loop()
        end = loop.time() + 3
        while loop.time() < end:
            await asyncio.sleep(0)

    @app.get("/busy-thread")
    def busy_thread():
        end = time.monotonic() + 3
        while time.monotonic() < end:
            pass

    @app.get("/cooperative")
    async def cooperative():
        for _ in range(4_000):
            await asyncio.sleep(0)
"""


def test_code_that_spins_until_a_time_has_come_does_not_spin_for_ever(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        assert 3.0 <= (await exam.get("/busy")).took < 3.1

    evidence = examine(SPINNERS, body)
    assert {(item.kind, item.site and item.site.line) for item in evidence} == {
        ("blocked", 11)
    }


def test_the_clock_creeps_for_code_that_goes_round_the_loop_without_end(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        assert 3.0 <= (await exam.get("/round-and-round")).took < 3.1

    assert kinds(examine(SPINNERS, body)) == []


def test_a_thread_that_spins_until_a_time_has_come_does_not_block_the_loop(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        assert 3.0 <= (await exam.get("/busy-thread")).took < 3.1

    assert kinds(examine(SPINNERS, body)) == []


def test_what_never_comes_is_given_up_although_the_submission_keeps_polling(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        with pytest.raises(Deadlock) as caught:
            await exam.get("/poll")
        sites = [item.site for item in caught.value.pending if item.site]
        assert [site.line for site in sites] == [10]

    examine(
        """
        import asyncio
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/poll")
        async def poll():
            while True:
                await asyncio.sleep(60)
        """,
        body,
        finish=False,
    )


def test_yielding_four_thousand_times_takes_no_time(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/cooperative")).took == 0.0

    examine(SPINNERS, body)
