"""It looks 100 s after the ticket, and one that adds 120 s is as good until then."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from app import create_app
from asgi_lifespan import LifespanManager
from fastapi import FastAPI

PRICES = {"A1": 30, "A2": 25, "A3": 20}


class PaymentApi(httpx.AsyncBaseTransport):
    """A payment API that lives in the test.

    Attributes:
        gate: it tells no price before this is open, and it is open at first.
        answer: to a payment.
        asked: seats whose prices it was asked for.
        payments: what was to be paid.
    """

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.answer: Callable[[], httpx.Response] = lambda: httpx.Response(201)
        self.asked: asyncio.Queue[str] = asyncio.Queue()
        self.payments: list[Any] = []
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/payments":
            self.payments.append(json.loads(request.content))
            return self.answer()
        seat = request.url.path.rpartition("/")[2]
        self.asked.put_nowait(seat)
        await self.gate.wait()
        return httpx.Response(200, json={"price": PRICES[seat]})

    async def aclose(self) -> None:
        self.closed = True


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@asynccontextmanager
async def started(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        LifespanManager(app) as manager,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(manager.app), base_url="http://theatre"
        ) as client,
    ):
        yield client


async def reserve(client: httpx.AsyncClient, *seats: str) -> httpx.Response:
    wish = {"show": "hamlet", "seats": seats, "card": "4000"}
    return await client.post("/reservations", json=wish)


async def free(client: httpx.AsyncClient) -> set[str]:
    response = await client.get("/shows/hamlet")
    assert response.status_code == 200
    return set(response.json()["free"])


@pytest.mark.asyncio
async def test_a_reservation_is_paid_and_has_its_seats() -> None:
    api = PaymentApi()
    async with started(create_app(transport=api)) as client:
        response = await reserve(client, "A1", "A2")

        assert response.status_code == 201
        body = response.json()
        assert (body["show"], body["seats"], body["price"]) == (
            "hamlet",
            ["A1", "A2"],
            55,
        )
        assert api.payments == [{"card": "4000", "amount": 55}]
        assert await free(client) == {"A3", "B1", "B2", "B3"}
        assert (await reserve(client, "A2", "A3")).status_code == 409


@pytest.mark.asyncio
async def test_the_prices_are_asked_for_at_the_same_time() -> None:
    api = PaymentApi()
    api.gate.clear()
    async with started(create_app(transport=api)) as client:
        request = asyncio.create_task(reserve(client, "A1", "A2", "A3"))
        # All three arrive before the first is answered, or the time is up.
        async with asyncio.timeout(0.5):
            seats = {await api.asked.get() for _ in range(3)}
        api.gate.set()
        await request
    assert seats == {"A1", "A2", "A3"}


@pytest.mark.asyncio
async def test_of_two_at_once_one_gets_the_seat() -> None:
    api = PaymentApi()
    api.gate.clear()
    async with started(create_app(transport=api)) as client:
        first = asyncio.create_task(reserve(client, "A1"))
        # The first one is paying, and stays so until the second one was there as well.
        await asyncio.wait_for(api.asked.get(), 0.5)
        second = asyncio.create_task(reserve(client, "A1"))
        await asyncio.wait({second}, timeout=0.1)
        api.gate.set()
        statuses = [(await one).status_code for one in (first, second)]
    assert sorted(statuses) == [201, 409]
    assert len(api.payments) == 1


def unreachable() -> httpx.Response:
    raise httpx.ConnectError("no route")


def silent() -> httpx.Response:
    raise httpx.ReadTimeout("nothing came")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (lambda: httpx.Response(402), 402),
        (lambda: httpx.Response(503), 502),
        (unreachable, 502),
        (silent, 504),
    ],
)
async def test_a_payment_that_fails_leaves_the_seats_free(
    answer: Callable[[], httpx.Response], status: int
) -> None:
    api = PaymentApi()
    api.answer = answer
    async with started(create_app(transport=api)) as client:
        assert (await reserve(client, "A1")).status_code == status
        assert "A1" in await free(client)


@pytest.mark.asyncio
async def test_the_patience_of_the_service_has_an_end() -> None:
    api = PaymentApi()
    api.gate.clear()
    async with started(create_app(transport=api, patience=0.05)) as client:
        assert (await reserve(client, "A1")).status_code == 504
        assert "A1" in await free(client)


@pytest.mark.asyncio
async def test_a_reservation_ends_after_two_minutes() -> None:
    clock = Clock()
    async with started(create_app(transport=PaymentApi(), now=clock)) as client:
        reservation = (await reserve(client, "A1")).json()["id"]
        clock.time += 119.5
        assert "A1" not in await free(client)
        clock.time += 0.5
        assert "A1" in await free(client)
        assert (await client.delete(f"/reservations/{reservation}")).status_code == 404


@pytest.mark.asyncio
async def test_a_reservation_with_a_ticket_stays() -> None:
    clock, printed = Clock(), list[int]()
    app = create_app(transport=PaymentApi(), now=clock, print_ticket=printed.append)
    async with started(app) as client:
        reservation = (await reserve(client, "A1")).json()["id"]
        clock.time += 100
        response = await client.post(f"/reservations/{reservation}/ticket")
        assert response.status_code == 204
        assert printed == [reservation]
        clock.time += 100
        assert "A1" not in await free(client)


@pytest.mark.asyncio
async def test_others_are_served_while_a_ticket_is_printed() -> None:
    printing, served = threading.Event(), threading.Event()
    in_time = []

    def print_ticket(reservation: int) -> None:
        printing.set()
        in_time.append(served.wait(timeout=0.5))

    app = create_app(transport=PaymentApi(), print_ticket=print_ticket)
    async with started(app) as client:
        reservation = (await reserve(client, "A1")).json()["id"]
        ticket = asyncio.create_task(client.post(f"/reservations/{reservation}/ticket"))
        await asyncio.to_thread(printing.wait, 0.5)
        await free(client)
        served.set()
        assert (await ticket).status_code == 204
    assert in_time == [True]


@pytest.mark.asyncio
async def test_a_cancelled_reservation_frees_its_seats() -> None:
    async with started(create_app(transport=PaymentApi())) as client:
        reservation = (await reserve(client, "A1")).json()["id"]
        assert (await client.delete(f"/reservations/{reservation}")).status_code == 204
        assert "A1" in await free(client)
        assert (await client.delete(f"/reservations/{reservation}")).status_code == 404


@pytest.mark.asyncio
async def test_shows_and_seats_that_do_not_exist_are_404() -> None:
    async with started(create_app(transport=PaymentApi())) as client:
        assert (await client.get("/shows/cats")).status_code == 404
        assert (await reserve(client, "Z9")).status_code == 404


@pytest.mark.asyncio
async def test_the_client_is_closed_when_the_service_stops() -> None:
    api = PaymentApi()
    async with started(create_app(transport=api)) as client:
        await reserve(client, "A1")
        assert not api.closed
    assert api.closed


@pytest.mark.asyncio
async def test_each_start_begins_with_all_seats_free() -> None:
    app = create_app(transport=PaymentApi())
    for _ in range(2):
        async with started(app) as client:
            assert await free(client) == {"A1", "A2", "A3", "B1", "B2", "B3"}
            assert (await reserve(client, "A1")).status_code == 201
