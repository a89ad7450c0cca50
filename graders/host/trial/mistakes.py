"""Made-up mistakes, on which every instrument is tried before anybody is graded.

A line that ends in `# tells x, y` is one of which a host must tell x and y.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import indent

from graders.wire import HTTP_LIBRARIES

UPSTREAM = "made-up.example"
URL_OF_A_DATABASE = "sqlite+aiosqlite:///made-up.db"

# What can be told -> what nobody would see without.
LOST = {
    "never awaited": "coroutines that are never awaited",
    "error never retrieved": "errors of tasks that nobody looks at",
    "task left": "tasks that are left behind",
    "executor left open": "executors that are never shut down",
    "thread left": "threads that are left behind",
    "blocked": "calls that block the event loop",
    "file": "files that are used on the event loop",
    "file left open": "files that are left open",
    "a part": "the lines that make the parts of an answer",
    "an answer": "the lines that make answers",
    "a wait": "waits for a lock",
    "a wait for a thread": "waits for a free thread",
    "a wait for a connection": "waits for a free connection",
    "a timer": "timers that run out",
    "a connection": "connections that are opened",
    "a request": "the lines that write requests",
    "client opened": "the lines that make clients",
    "client closed": "that clients are closed",
    "client left open": "clients that are left open",
    "session opened": "the lines that make sessions",
    "session begun": "transactions that are begun",
    "session used": "the use of sessions",
    "session overlap": "sessions that are used twice at once",
    "session closed": "that sessions are closed",
    "session ended": "that transactions are ended",
    "connection opened": "connections to a database that are opened",
    "checkout": "connections that are taken out of a pool",
    "checkin": "that connections go back to their pool",
    "statement": "statements",
}

_TELLS = re.compile(r"# tells (.+)$")


@dataclass(frozen=True)
class Mistakes:
    """An endpoint that makes mistakes with one library.

    Attributes:
        library: as it is installed; the endpoint's path is the same.
        body: of the endpoint.
        before: what stands before the endpoint.
    """

    library: str
    body: str
    before: str = ""

    @property
    def source(self) -> str:
        body = indent(self.body.strip(), "    ")
        decorator = f'@app.get("/{self.library}")\n'
        return f"{self.before}\n{decorator}async def endpoint():\n{body}\n"


def told(source: str) -> Iterator[tuple[str, int]]:
    """What a host must tell of a program, with the line of each."""
    for number, line in enumerate(source.splitlines(), 1):
        if found := _TELLS.search(line):
            for what in found[1].split(", "):
                yield what, number


def mistakes(needs: Iterable[str]) -> list[Mistakes]:
    """Those with every library that hosts have imported.

    Args:
        needs: what that is besides the usual.
    """
    made = [
        Mistakes("Python", _PYTHON + _turns("asyncio.Lock()", "asyncio.Semaphore(1)")),
        Mistakes(
            "anyio",
            _turns("anyio.Lock()", "anyio.Semaphore(1)", "anyio.CapacityLimiter(1)"),
        ),
        Mistakes("fastapi", _FASTAPI),
    ]
    made += [
        Mistakes(name, _HTTP.replace("LIBRARY", name).replace("CORE", core))
        for name, core in HTTP_LIBRARIES
        if name in sys.modules
    ]
    if "database" in needs and "sqlalchemy" in sys.modules:
        made.append(Mistakes("sqlalchemy", _DATABASE, _DATABASE_BEFORE))
    return made


BEGINNING = """\
import asyncio, concurrent.futures, os, sqlite3, threading, time
import anyio
from fastapi import FastAPI
from pydantic import BaseModel

app, kept = FastAPI(), []

class Row(BaseModel):
    number: int

async def nothing(): ...

async def fail():
    raise ValueError

async def twice(function, *arguments):
    calls = [function(*arguments) for _ in range(2)]
    await asyncio.gather(*calls, return_exceptions=True)
"""

_PYTHON = """\
nothing()  # tells never awaited
asyncio.create_task(fail())  # tells error never retrieved
forever = asyncio.Event().wait()
kept.append(asyncio.create_task(forever))  # tells task left
file = open("made-up", "w")  # tells file, file left open
file.write("x")
file.flush()  # tells file
os.stat("made-up")  # tells file
time.sleep(1)  # tells blocked
lock = threading.Lock()
lock.acquire()
threading.Thread(target=lambda: (time.sleep(1), lock.release())).start()
lock.acquire()  # tells blocked
connection = sqlite3.connect("made-up.db")  # tells blocked
connection.execute("SELECT 1")  # tells blocked
loop = asyncio.get_running_loop()
pool = concurrent.futures.ThreadPoolExecutor(1)  # tells executor left open
kept.append(pool)
threading.Thread(target=threading.Event().wait).start()  # tells thread left
def submit():
    return loop.run_in_executor(pool, time.sleep, 1)  # tells a wait for a thread
await twice(submit)
"""

_TURN = """\
turn = TURN
async def hold():
    async with turn:  # tells a wait
        await asyncio.sleep(1)  # tells a timer
await twice(hold)
"""


def _turns(*turns: str) -> str:
    return "".join(_TURN.replace("TURN", turn) for turn in turns)


_FASTAPI = """\
row = Row(number=1)  # tells a part
return {"row": row}  # tells an answer
"""

_HTTP = f"""\
import LIBRARY
url = "http://{UPSTREAM}/"
limits = LIBRARY.Limits(max_connections=1)
client = LIBRARY.AsyncClient(limits=limits)  # tells {{}}
async def ask():
    await client.get(url)  # tells a connection, a request
await twice(ask)
kept.append(LIBRARY.Client())  # tells client opened, client left open
kept.append(client)
async with LIBRARY.AsyncClient():
    pass  # leaves
other = LIBRARY.AsyncClient()
await other.aclose()  # tells client closed
blocking = LIBRARY.Client()
blocking.close()  # tells client closed
transport = LIBRARY.AsyncHTTPTransport()  # tells client opened, client left open
await transport.handle_async_request(LIBRARY.Request("GET", url))
kept.append(transport)
""".format("client opened, client left open, a wait for a connection")

_DATABASE_BEFORE = f"""
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

engine = create_async_engine("{URL_OF_A_DATABASE}")
query = text("SELECT 1")
"""

_DATABASE = """\
async with engine.connect():  # tells connection opened
    pass
session = AsyncSession(engine)  # tells session opened
await session.execute(query)  # tells session used, session begun, checkout, statement
async def ask():
    await session.execute(query)  # tells session overlap
await twice(ask)
await session.close()  # tells session closed, session ended, checkin
"""
