"""Executors that nobody shuts down, and threads without end."""

from __future__ import annotations

from textwrap import dedent

import pytest

from graders.proctor import Exam
from graders.tests.exams import Examine
from graders.wire import Evidence

HEAD = """
import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI
"""
ENDPOINT = """

@app.get("/")
async def index() -> str:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(pool, lambda: "done")
"""


def _left(examine: Examine, source: str, asks: int = 1) -> list[Evidence]:
    async def body(exam: Exam) -> None:
        for _ in range(asks):
            assert (await exam.get("/")).json() == "done"

    kinds = ("executor left open", "thread left")
    return [one for one in examine(source, body) if one.kind in kinds]


def _line_of(source: str, mark: str) -> int:
    lines = source.splitlines()
    (found,) = (number for number, line in enumerate(lines, 1) if mark in line)
    return found


def test_an_executor_that_nobody_shuts_down(examine: Examine) -> None:
    source = HEAD + "app = FastAPI()\npool = ThreadPoolExecutor(2)\n" + ENDPOINT
    (left,) = _left(examine, source)
    assert (left.kind, left.detail) == ("executor left open", "ThreadPoolExecutor")
    assert left.site is not None
    assert left.site.line == _line_of(source, "ThreadPoolExecutor(2)")


SHUT = {
    "in lifespan": """
        @asynccontextmanager
        async def lifespan(app):
            global pool
            with ThreadPoolExecutor(2) as pool:
                yield

        app = FastAPI(lifespan=lifespan)
    """,
    "in lifespan, made before": """
        @asynccontextmanager
        async def lifespan(app):
            yield
            pool.shutdown()

        pool = ThreadPoolExecutor(2)
        app = FastAPI(lifespan=lifespan)
    """,
    "without waiting": """
        @asynccontextmanager
        async def lifespan(app):
            yield
            pool.shutdown(wait=False)

        pool = ThreadPoolExecutor(2)
        app = FastAPI(lifespan=lifespan)
    """,
    "the loop's own": """
        @asynccontextmanager
        async def lifespan(app):
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
            yield

        pool = None
        app = FastAPI(lifespan=lifespan)
    """,
    "nobody's any more": """
        class Passing:
            def submit(self, work):
                return ThreadPoolExecutor(1).submit(work)

        pool = Passing()
        app = FastAPI()
    """,
}


@pytest.mark.parametrize("how", SHUT)
def test_one_that_is_shut_down_is_no_matter(examine: Examine, how: str) -> None:
    assert _left(examine, HEAD + dedent(SHUT[how]) + ENDPOINT) == []


def test_one_that_was_never_used_has_no_threads(examine: Examine) -> None:
    source = HEAD + "app = FastAPI()\npool = ThreadPoolExecutor(2)\n" + ENDPOINT
    assert _left(examine, source, asks=0) == []


THREAD = """
end = threading.Event()
pool = None

@asynccontextmanager
async def lifespan(app):
    MADE.start()
    yield
    END

app = FastAPI(lifespan=lifespan)
"""


@pytest.mark.parametrize(
    ("made", "end", "told"),
    [
        ("threading.Thread(target=end.wait, name='reports')", "pass", ["reports"]),
        ("threading.Thread(target=end.wait)", "end.set()", []),
        # A process ends without those.
        ("threading.Thread(target=end.wait, daemon=True)", "pass", []),
    ],
)
def test_a_thread_without_end(
    examine: Examine, made: str, end: str, told: list[str]
) -> None:
    source = HEAD + THREAD.replace("MADE", made).replace("END", end) + ENDPOINT
    left = _left(examine, source)
    assert [(one.kind, one.detail) for one in left] == [
        ("thread left", name) for name in told
    ]
    lines = {one.site.line for one in left if one.site}
    assert lines == ({_line_of(source, ".start()")} if told else set())


LONG_FAREWELL = """
class Thread(threading.Thread):
    # Python's own last step of a thread, after all that it was started for.
    def _delete(self):
        threading.Event().wait()

app = FastAPI()

@app.get("/")
async def index() -> str:
    Thread(target=print).start()
    return "done"
"""


def test_one_that_has_done_its_work_has_ended(examine: Examine) -> None:
    """However long Python takes to forget it."""
    assert _left(examine, HEAD + LONG_FAREWELL) == []
