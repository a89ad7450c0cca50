"""anyio's own pytest plugin, task groups and deadlines."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import pytest
from app import create_app

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Api(httpx.AsyncBaseTransport):
    def __init__(self) -> None:
        self.requests: list[str] = []
        self.payment: int | type[httpx.RequestError] = 201
        self.let_go = anyio.Event()
        self.closed = anyio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url.path)
        if request.method == "POST":
            if isinstance(self.payment, int):
                return httpx.Response(self.payment)
            raise self.payment("no way")
        await self.let_go.wait()
        return httpx.Response(200, json={"price": 1})

    async def until(self, count: int) -> None:
        with anyio.fail_after(0.3):
            while len(self.requests) < count:
                await anyio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        self.closed.set()


@pytest.fixture
def api() -> Api:
    return Api()


@asynccontextmanager
async def theatre(api: Api, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(transport=api, **options)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://theatre") as client,
    ):
        yield client


async def buy(client: httpx.AsyncClient, *seats: str) -> httpx.Response:
    body = {"show": "macbeth", "seats": seats, "card": "x"}
    return await client.post("/reservations", json=body)


async def test_prices_first_all_of_them_then_the_payment(api: Api) -> None:
    async with theatre(api) as client, anyio.create_task_group() as group:
        group.start_soon(buy, client, "A1", "A2")
        await api.until(2)
        api.let_go.set()
    assert sorted(api.requests) == [
        "/payments",
        "/prices/macbeth/A1",
        "/prices/macbeth/A2",
    ]


async def test_nobody_gets_the_seat_of_somebody_who_is_paying(api: Api) -> None:
    statuses: list[int] = []

    async def second() -> None:
        with anyio.move_on_after(0.2):
            statuses.append((await buy(client, "A1")).status_code)
        api.let_go.set()

    async with theatre(api) as client, anyio.create_task_group() as group:
        group.start_soon(buy, client, "A1")
        await api.until(1)
        group.start_soon(second)
    assert statuses == [409]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (402, 402),
        (404, 502),
        (503, 502),
        (httpx.ConnectError, 502),
        (httpx.WriteTimeout, 504),
    ],
)
async def test_no_money_no_seat(
    api: Api, theirs: int | type[httpx.RequestError], ours: int
) -> None:
    api.let_go.set()
    api.payment = theirs
    async with theatre(api) as client:
        assert (await buy(client, "A1")).status_code == ours
        show = await client.get("/shows/macbeth")
        assert show.json() == {"show": "macbeth", "free": ["A1", "A2", "B1", "B2"]}


async def test_silence_is_504(api: Api) -> None:
    async with theatre(api, patience=0.1) as client:
        assert (await buy(client, "A1")).status_code == 504
        api.let_go.set()
        assert (await buy(client, "A1")).status_code == 201


async def test_seats_come_back_after_two_minutes(api: Api) -> None:
    api.let_go.set()
    times = [0.0]
    options = {"now": lambda: times[-1], "print_ticket": lambda reservation: None}
    async with theatre(api, **options) as client:
        gone = (await buy(client, "A1")).json()["id"]
        kept = (await buy(client, "A2")).json()["id"]
        assert (await buy(client, "A1")).status_code == 409
        await client.post(f"/reservations/{kept}/ticket")
        times.append(120.5)
        assert (await buy(client, "A1")).status_code == 201
        assert (await buy(client, "A2")).status_code == 409
        assert (await client.delete(f"/reservations/{gone}")).status_code == 404


async def test_the_printer_has_a_thread_of_its_own(api: Api) -> None:
    api.let_go.set()
    threads: set[int] = set()

    def printer(reservation: int) -> None:
        threads.add(threading.get_ident())

    async with theatre(api, print_ticket=printer) as client:
        number = (await buy(client, "A1")).json()["id"]
        await client.post(f"/reservations/{number}/ticket")
    assert threads
    assert threading.get_ident() not in threads


async def test_nothing_stays_open(api: Api) -> None:
    async with theatre(api):
        pass
    assert api.closed.is_set()


async def test_the_next_evening_all_seats_are_free(api: Api) -> None:
    api.let_go.set()
    app = create_app(transport=api)
    transport = httpx.ASGITransport(app)
    for _ in range(2):
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://theatre") as client,
        ):
            assert (await buy(client, "A1")).status_code == 201
