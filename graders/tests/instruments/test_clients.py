"""Whatever holds connections has a life, in either library and however it is made."""

from __future__ import annotations

from textwrap import dedent, indent

import httpx2
import pytest
from starlette.responses import PlainTextResponse

from graders.proctor import Exam
from graders.tests.exams import Examine, kinds, problems
from graders.wire import HTTP_LIBRARIES

LIBRARIES = {library.name: library for library in HTTP_LIBRARIES}

APP = """
import contextlib
import NAME, CORE
from NAME import AsyncClient
from fastapi import FastAPI

app = FastAPI()
URL = "http://up.example/"

class Own(AsyncClient):
    def __init__(self, **options):
        super().__init__(timeout=3, **options)

class Passing(NAME.AsyncBaseTransport):
    def __init__(self):
        self.inner = NAME.AsyncHTTPTransport()

    async def handle_async_request(self, request):
        return await self.inner.handle_async_request(request)

    async def aclose(self):
        await self.inner.aclose()

def make():
    return AsyncClient()

async def ask(client):
    return (await client.get(URL)).status_code

async def ask_transport(transport):
    answer = await transport.handle_async_request(NAME.Request("GET", URL))
    await answer.aread()
    return answer.status_code

async def ask_pool(pool):
    return (await pool.request("GET", URL)).status

@app.get("/")
async def index():
    BODY
"""

# Who is made, the line that does so, and what it is called in a finding.
ONES = {
    "a client": ("NAME.AsyncClient()", "ask", "AsyncClient"),
    "one imported by its name": ("AsyncClient()", "ask", "AsyncClient"),
    "one of an own class": ("Own()", "ask", "AsyncClient"),
    "one with a transport of its own": (
        "AsyncClient(transport=NAME.AsyncHTTPTransport())",
        "ask",
        "AsyncClient",
    ),
    "one whose transport hands on": (
        "AsyncClient(transport=Passing())",
        "ask",
        "AsyncClient",
    ),
    "a transport": (
        "NAME.AsyncHTTPTransport()",
        "ask_transport",
        "AsyncConnectionPool",
    ),
    "a pool": ("CORE.AsyncConnectionPool()", "ask_pool", "AsyncConnectionPool"),
}


def app(library: str, body: str) -> str:
    name, core = LIBRARIES[library]
    lines = indent(dedent(body).strip(), "    ").strip()
    return APP.replace("BODY", lines).replace("NAME", name).replace("CORE", core)


def serve(exam: Exam) -> None:
    exam.network.serve("up.example", lambda request: PlainTextResponse("hello"))


@pytest.mark.parametrize("one", ONES)
@pytest.mark.parametrize("library", LIBRARIES)
def test_one_that_is_left_open_is_told_with_its_line(
    examine: Examine, library: str, one: str
) -> None:
    made, ask, kind = ONES[one]

    async def body(exam: Exam) -> None:
        serve(exam)
        assert (await exam.get("/")).json() == 200
        (opened,) = exam.database.of("client opened")
        assert opened.detail == kind

    source = app(library, f"one = {made}  # made\nreturn await {ask}(one)")
    evidence = examine(source, body)
    assert problems(evidence) == ["client left open", "upstream connection left open"]
    assert evidence[0].detail == kind
    assert evidence[0].site is not None
    lines = source.splitlines()
    assert lines[evidence[0].site.line - 1].endswith("# made")


@pytest.mark.parametrize("one", ONES)
@pytest.mark.parametrize("library", LIBRARIES)
def test_one_that_is_closed_is_made_once_and_leaves_nothing(
    examine: Examine, library: str, one: str
) -> None:
    made, ask, _ = ONES[one]

    async def body(exam: Exam) -> None:
        serve(exam)
        assert (await exam.get("/")).json() == [200, 200]
        assert len(exam.database.of("client opened")) == 2
        assert len(exam.database.of("client closed")) == 2

    source = app(
        library,
        f"""
        async with {made} as one:
            first = await {ask}(one)
            await {ask}(one)
        async with contextlib.aclosing({made}) as one:
            return [first, await {ask}(one)]
        """,
    )
    assert problems(examine(source, body)) == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_who_makes_a_client_touches_no_file(examine: Examine, library: str) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).json() == "made"

    making = "async with AsyncClient():\n    NAME.Client().close()\n    return 'made'"
    assert kinds(examine(app(library, making), body)) == []


def test_both_libraries_in_one_program_are_told_apart(examine: Examine) -> None:
    source = """
        import httpx, httpx2
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        async def index():
            one = httpx.AsyncClient()
            other = httpx2.Client()
            async with httpx2.AsyncClient() as last:
                return (await last.get("http://up.example/")).status_code
    """

    async def body(exam: Exam) -> None:
        serve(exam)
        assert (await exam.get("/")).json() == 200

    evidence = examine(source, body)
    assert problems(evidence) == ["client left open", "client left open"]
    # One that is made up may be the same as a real one, and stand in its place.
    assert sorted(item.detail for item in evidence) == ["AsyncClient", "Client"]


@pytest.mark.skipif(
    not hasattr(httpx2, "alias_httpx"), reason="this release cannot do it yet"
)
def test_one_library_can_stand_for_the_other(examine: Examine) -> None:
    source = """
        import httpx2
        httpx2.alias_httpx()
        httpx2.alias_httpx()
        import httpcore, httpx
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        async def index():
            client = httpx.AsyncClient()
            async with httpcore.AsyncConnectionPool() as pool:
                await pool.request("GET", "http://up.example/")
            return [httpx is httpx2, httpcore.__name__]
    """

    async def body(exam: Exam) -> None:
        serve(exam)
        assert (await exam.get("/")).json() == [True, "httpcore2"]

    evidence = examine(source, body)
    assert problems(evidence) == ["client left open"]


def test_a_test_client_need_not_be_closed(examine: Examine) -> None:
    source = """
        from fastapi import FastAPI
        from fastapi.testclient import TestClient

        app = FastAPI()
        client = TestClient(app)

        @app.get("/")
        async def index():
            return "hello"
    """

    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).json() == "hello"

    assert problems(examine(source, body)) == []
