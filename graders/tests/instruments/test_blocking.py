from __future__ import annotations

import pytest

from graders.proctor import Exam
from graders.tests.exams import Examine
from graders.wire import Evidence, limits, real

PRELUDE = """\
import asyncio, ctypes, logging, os, pathlib, shutil, tempfile, time
import aiofiles
from fastapi import FastAPI, Request
app = FastAPI()
libc = ctypes.CDLL(None)
"""

# Real seconds after which a thread that counts as busy has been looked at, twice.
LONG = real.lasting(limits.STUCK + 6 * limits.REST)

FILES = {
    "open": "open('a', 'w').close()",
    "pathlib.Path.write_text": "pathlib.Path('a').write_text('x')",
    "pathlib.Path.exists": "pathlib.Path('a').exists()",
    "os.stat": "os.stat('.')",
    "os.replace": "os.replace('old', 'new')",
    "os.mkdir": "os.mkdir('folder')",
    "os.listdir": "os.listdir('.')",
    "shutil.copyfile": "shutil.copyfile('old', 'copy')",
}

# Real seconds after which a thread that hangs is looked at.
STUCK = 0.2


async def get(exam: Exam) -> None:
    reply = await exam.get("/")
    assert reply.status == 200, reply.failure


def of_kind(kind: str, evidence: list[Evidence]) -> list[Evidence]:
    return [item for item in evidence if item.kind == kind]


@pytest.mark.parametrize(("name", "call"), FILES.items(), ids=list(FILES))
def test_file_access_on_the_loop_is_a_kind_of_its_own(
    name: str, call: str, examine: Examine
) -> None:
    source = (
        f"{PRELUDE}\nopen('old', 'w').close()\n@app.get('/')\nasync def endpoint():\n"
        f"    {call}\n"
    )
    evidence = examine(source, get)

    line = source.splitlines().index(f"    {call}") + 1
    found = of_kind("file", evidence)
    assert name in {item.detail for item in found}
    assert {item.site.line for item in found if item.site} == {line}
    assert of_kind("blocked", evidence) == []


def test_writing_to_a_file_that_a_thread_opened_is_file_access(
    examine: Examine,
) -> None:
    source = f"""{PRELUDE}
@app.get("/")
async def endpoint():
    file = await asyncio.to_thread(open, "data", "wb")
    file.write(bytes(10_000_000))
    await asyncio.to_thread(file.close)
"""
    (found,) = of_kind("file", examine(source, get))

    assert found.site is not None
    assert (found.detail, found.site.line) == ("file.write", 10)


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.to_thread(open('x', 'w').close) if False else None",
        "await asyncio.to_thread(pathlib.Path('a').write_text, 'x')",
        "import statistics",
        "logging.getLogger().warning('a line')",
        "async with aiofiles.open('a', 'w') as file: await file.write('x')",
    ],
)
def test_imports_log_lines_and_threads_are_no_file_access(
    body: str, examine: Examine
) -> None:
    source = (
        f"{PRELUDE}\nlogging.basicConfig(filename='log')\n@app.get('/')\n"
        f"async def endpoint():\n    {body}\n"
    )
    assert of_kind("file", examine(source, get)) == []


def test_a_thread_asleep_in_the_kernel_does_not_stop_the_clock(
    examine: Examine,
) -> None:
    source = f"""{PRELUDE}
@app.get("/")
async def endpoint():
    work = asyncio.create_task(asyncio.to_thread(libc.pause))
    await asyncio.sleep(1)
    request_is_over = True
    app.state.work = work
"""
    evidence = examine(source, get, finish=False, stuck=STUCK)
    (found,) = of_kind("uncounted thread", evidence)

    assert found.detail


def test_a_thread_that_waits_for_one_that_runs_still_counts(examine: Examine) -> None:
    source = f"""{PRELUDE}
import _thread
lock = _thread.allocate_lock()

def compute():
    with lock:
        while time.thread_time() < {LONG}:
            pass

def wait():
    with lock:
        pass

@app.get("/")
async def endpoint():
    await asyncio.gather(asyncio.to_thread(compute), asyncio.to_thread(wait))
"""
    evidence = examine(source, get, finish=False, cpu=60.0, stuck=STUCK)

    assert of_kind("uncounted thread", evidence) == []


def test_what_happens_before_the_first_request_and_after_the_last_does_not_count(
    examine: Examine,
) -> None:
    source = f"""{PRELUDE}
from contextlib import asynccontextmanager
def work():
    time.sleep(1)
    libc.usleep(20_000)
    open("a", "w").close()
work()
@asynccontextmanager
async def lifespan(app):
    work()
    yield
    work()
app = FastAPI(lifespan=lifespan)
@app.get("/")
async def endpoint():
    return 1
"""
    evidence = examine(source, get)

    assert [item for item in evidence if item.kind in ("blocked", "file")] == []
