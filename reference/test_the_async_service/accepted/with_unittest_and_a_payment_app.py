"""unittest, and a payment API that is a small FastAPI application of its own."""

import asyncio
import threading
import time
from typing import Any
from unittest import IsolatedAsyncioTestCase

import httpx
from app import create_app
from asgi_lifespan import LifespanManager
from fastapi import FastAPI, HTTPException


class Payments:
    """Serves prices and takes payments.

    Attributes:
        seconds: how long every answer takes.
        fails: raised instead of taking a payment.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.fails: Exception | None = None
        self.taken: list[Any] = []
        self.app = FastAPI()

        @self.app.get("/prices/{show}/{seat}")
        async def price(show: str, seat: str) -> dict[str, int]:
            await asyncio.sleep(self.seconds)
            return {"price": {"A": 40, "B": 30}[seat[0]]}

        @self.app.post("/payments", status_code=201)
        async def pay(payment: dict[str, Any]) -> None:
            await asyncio.sleep(self.seconds)
            if self.fails is not None:
                raise self.fails
            self.taken.append(payment)


class Transport(httpx.ASGITransport):
    open = True

    async def aclose(self) -> None:
        self.open = False


class ReservationTests(IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.payments = Payments()
        self.transport = Transport(self.payments.app)
        self.time = 0.0
        self.paper = threading.Event()
        self.paper.set()
        self.printed: list[int] = []
        self.service = create_app(
            transport=self.transport,
            now=lambda: self.time,
            print_ticket=self.print_ticket,
            patience=0.3,
        )
        self.manager = LifespanManager(self.service)
        await self.manager.__aenter__()
        self.addAsyncCleanup(self.stop)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.service), base_url="http://t"
        )
        self.addAsyncCleanup(self.client.aclose)

    async def stop(self) -> None:
        await self.manager.__aexit__(None, None, None)
        assert not self.transport.open

    def print_ticket(self, number: int) -> None:
        assert self.paper.wait(0.3)
        self.printed.append(number)

    async def reserve(self, *seats: str) -> httpx.Response:
        body = {"show": "hamlet", "seats": seats, "card": "visa"}
        return await self.client.post("/reservations", json=body)

    async def free(self) -> list[str]:
        free: list[str] = (await self.client.get("/shows/hamlet")).json()["free"]
        return free

    async def test_it_is_paid(self) -> None:
        response = await self.reserve("A1", "B1")
        assert response.status_code == 201
        assert response.json()["price"] == 70
        assert self.payments.taken == [{"card": "visa", "amount": 70}]

    async def test_it_takes_two_turns_and_not_four(self) -> None:
        self.payments.seconds = 0.05
        began = time.monotonic()
        await self.reserve("A1", "A2", "A3")
        assert time.monotonic() - began < 0.16

    async def test_one_of_two(self) -> None:
        self.payments.seconds = 0.02
        answers = await asyncio.gather(self.reserve("A1"), self.reserve("A2", "A1"))
        assert sorted(one.status_code for one in answers) == [201, 409]

    async def test_failures(self) -> None:
        request = httpx.Request("POST", "http://t")
        for fails, status in (
            (HTTPException(402), 402),
            (HTTPException(418), 502),
            (httpx.RemoteProtocolError("?", request=request), 502),
            (httpx.ReadTimeout("?", request=request), 504),
        ):
            with self.subTest(status=status):
                self.payments.fails = fails
                assert (await self.reserve("A1")).status_code == status
                assert "A1" in await self.free()

    async def test_patience(self) -> None:
        self.payments.seconds = 5
        assert (await self.reserve("A1")).status_code == 504

    async def test_two_minutes(self) -> None:
        kept = (await self.reserve("B1")).json()["id"]
        lost = (await self.reserve("A1")).json()["id"]
        await self.client.post(f"/reservations/{kept}/ticket")
        self.time += 121
        answer = await self.client.delete(f"/reservations/{lost}")
        assert answer.status_code == 404
        assert await self.free() == ["A1", "A2", "A3", "B2", "B3"]

    async def test_the_printer(self) -> None:
        number = (await self.reserve("A1")).json()["id"]
        self.paper.clear()
        ticket = asyncio.create_task(self.client.post(f"/reservations/{number}/ticket"))
        await asyncio.sleep(0.01)
        await self.free()
        self.paper.set()
        assert (await ticket).status_code == 204
        assert self.printed == [number]

    async def test_a_new_start(self) -> None:
        assert (await self.reserve("A1")).status_code == 201
        await self.manager.__aexit__(None, None, None)
        self.manager = LifespanManager(self.service)
        await self.manager.__aenter__()
        assert "A1" in await self.free()
