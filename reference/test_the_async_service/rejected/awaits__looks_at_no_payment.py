"""Wrong: no test looks at what is paid, and the fake API does not even keep it."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest
from app import create_app
from asgi_lifespan import LifespanManager

pytestmark = pytest.mark.anyio
HAMLET = ["A1", "A2", "A3", "B1", "B2", "B3"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Api(httpx.AsyncBaseTransport):
    """Replies with what `replies` has for the method: a status, an error, an event."""

    def __init__(self, **replies: Any) -> None:
        self.replies = replies
        self.seen = 0
        self.closed = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        await anyio.sleep(0.001)
        reply = self.replies.get(request.method, 200)
        if isinstance(reply, anyio.Event):
            self.seen += 1
            await reply.wait()
            reply = 200
        elif isinstance(reply, float):
            await anyio.sleep(reply)
            reply = 200
        elif isinstance(reply, type):
            raise reply("not today", request=request)
        return httpx.Response(reply, json={"price": 25})

    async def aclose(self) -> None:
        self.closed += 1


@asynccontextmanager
async def running(
    api: Api, app: Any = None, **options: Any
) -> AsyncIterator[httpx.AsyncClient]:
    if app is None:
        options.setdefault("print_ticket", lambda number: None)
        app = create_app(transport=api, **options)
    async with (
        LifespanManager(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://x"
        ) as client,
    ):
        yield client


async def reserve(
    client: httpx.AsyncClient, seats: str, show: str = "hamlet"
) -> httpx.Response:
    return await client.post(
        "/reservations", json={"show": show, "seats": seats.split(), "card": "visa"}
    )


async def free(client: httpx.AsyncClient, show: str = "hamlet") -> list[str]:
    response = await client.get(f"/shows/{show}")
    assert response.status_code == 200
    return sorted(response.json()["free"])


async def test_a_reservation() -> None:
    async with running(Api()) as client:
        response = await reserve(client, "A1 A2")
        assert response.status_code == 201
        assert response.json()["show"] == "hamlet"
        assert sorted(response.json()["seats"]) == ["A1", "A2"]
        assert await free(client) == ["A3", "B1", "B2", "B3"]
        assert await free(client, "macbeth") == ["A1", "A2", "B1", "B2"]


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_a_payment_that_succeeds(status: int) -> None:
    async with running(Api(POST=status)) as client:
        assert (await reserve(client, "B1")).status_code == 201


async def test_not_found() -> None:
    async with running(Api()) as client:
        assert (await client.get("/shows/rent")).status_code == 404
        assert (await reserve(client, "A1", "rent")).status_code == 404
        assert (await reserve(client, "A1 K9")).status_code == 404
        assert (await reserve(client, "B3", "macbeth")).status_code == 404


async def test_a_cancelled_reservation() -> None:
    async with running(Api()) as client:
        number = (await reserve(client, "A1")).json()["id"]
        assert (await client.delete(f"/reservations/{number}")).status_code == 204
        assert await free(client) == HAMLET
        assert (await client.delete(f"/reservations/{number}")).status_code == 404


async def test_prices_are_asked_for_together() -> None:
    event = anyio.Event()
    api = Api(GET=event)
    answers: list[httpx.Response] = []

    async def go(client: httpx.AsyncClient) -> None:
        answers.append(await reserve(client, "A1 A2 A3"))

    async with running(api) as client, anyio.create_task_group() as group:
        group.start_soon(go, client)
        with anyio.fail_after(1):
            while api.seen < 3:
                await anyio.sleep(0.002)
        event.set()
    assert answers[0].status_code == 201


async def test_a_taken_seat_is_a_conflict() -> None:
    async with running(Api()) as client:
        assert (await reserve(client, "A1 A2")).status_code == 201
        assert (await reserve(client, "A2 A3")).status_code == 409
        assert (await reserve(client, "A2", "macbeth")).status_code == 201


async def test_a_seat_is_a_conflict_while_it_is_paid() -> None:
    event = anyio.Event()
    api = Api(POST=event)
    statuses: list[int] = []

    async def go(client: httpx.AsyncClient) -> None:
        statuses.append((await reserve(client, "A1 A2")).status_code)

    async with running(api) as client, anyio.create_task_group() as group:
        group.start_soon(go, client)
        with anyio.fail_after(1):
            while not api.seen:
                await anyio.sleep(0.002)
            assert (await reserve(client, "A2")).status_code == 409
        assert statuses == []
        event.set()
    assert statuses == [201]


async def test_one_of_two_gets_it() -> None:
    statuses: list[int] = []

    async def go(client: httpx.AsyncClient, seats: str) -> None:
        statuses.append((await reserve(client, seats)).status_code)

    async with running(Api()) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(go, client, "A1 B1")
            group.start_soon(go, client, "B1 A2")
        assert len(await free(client)) == 4
    assert sorted(statuses) == [201, 409]


@pytest.mark.parametrize(
    ("replies", "status"),
    [
        ({"POST": 402}, 402),
        ({"POST": 400}, 502),
        ({"POST": 404}, 502),
        ({"POST": 500}, 502),
        ({"GET": 404}, 502),
        ({"GET": 503}, 502),
        ({"GET": httpx.ConnectError}, 502),
        ({"POST": httpx.ConnectError}, 502),
        ({"POST": httpx.ReadError}, 502),
        ({"GET": httpx.ReadTimeout}, 504),
        ({"POST": httpx.ReadTimeout}, 504),
        ({"POST": httpx.ConnectTimeout}, 504),
        ({"GET": 60.0}, 504),
        ({"POST": 60.0}, 504),
        ({"GET": 0.09, "POST": 0.09}, 504),
    ],
)
async def test_failures(replies: dict[str, Any], status: int) -> None:
    api = Api(**replies)
    async with running(api, patience=0.12) as client:
        with anyio.fail_after(1):
            response = await reserve(client, "A1 A2")
        assert response.status_code == status
        assert await free(client) == HAMLET
        api.replies = {}
        assert (await reserve(client, "A1 A2")).status_code == 201


async def test_the_end_of_a_reservation() -> None:
    clock = [0.0]
    async with running(Api(), now=lambda: clock[0]) as client:
        number = (await reserve(client, "A1")).json()["id"]
        clock[0] = 119.5
        assert "A1" not in await free(client)
        assert (await reserve(client, "A1")).status_code == 409
        clock[0] = 120.5
        path = f"/reservations/{number}"
        assert (await client.post(f"{path}/ticket")).status_code == 404
        assert (await client.delete(path)).status_code == 404
        assert await free(client) == HAMLET
        assert (await reserve(client, "A1")).status_code == 201


async def test_the_ticket_keeps_it() -> None:
    clock = [0.0]
    printed: list[str] = []
    async with running(
        Api(), now=lambda: clock[0], print_ticket=lambda n: printed.append(str(n))
    ) as client:
        number = (await reserve(client, "A1")).json()["id"]
        path = f"/reservations/{number}"
        assert (await client.post(f"{path}/ticket")).status_code == 204
        assert printed == [str(number)]
        clock[0] = 1e6
        assert (await reserve(client, "A1")).status_code == 409
        assert (await client.delete(path)).status_code == 204
        assert await free(client) == HAMLET


async def test_the_printer_blocks_nobody() -> None:
    printing, enough = threading.Event(), threading.Event()
    in_time: list[bool] = []
    tickets: list[int] = []

    def printer(number: object) -> None:
        printing.set()
        in_time.append(enough.wait(0.5))

    async def get_ticket(client: httpx.AsyncClient, number: Any) -> None:
        response = await client.post(f"/reservations/{number}/ticket")
        tickets.append(response.status_code)

    async with running(Api(), print_ticket=printer) as client:
        number = (await reserve(client, "A1")).json()["id"]
        async with anyio.create_task_group() as group:
            group.start_soon(get_ticket, client, number)
            try:
                assert await anyio.to_thread.run_sync(partial(printing.wait, 1))
                assert await free(client) == ["A2", "A3", "B1", "B2", "B3"]
                assert tickets == []
            finally:
                enough.set()
    assert tickets == [204]
    assert in_time == [True]


async def test_stop_and_start() -> None:
    api = Api()
    app = create_app(transport=api, print_ticket=lambda number: None)
    for times in range(1, 4):
        async with running(api, app) as client:
            assert await free(client) == HAMLET
            assert (await reserve(client, "A1 A2")).status_code == 201
        assert api.closed >= times
