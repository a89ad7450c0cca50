"""Plain functions: FastAPI's TestClient as a context manager, and threads for the race.

`with TestClient(app)` starts and stops the service; its loop runs in a thread of its
own, so requests from several threads meet in it.
"""

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from app import create_app
from fastapi.testclient import TestClient


class Api(httpx.MockTransport):
    def __init__(self, payment: int | Exception = 200, delay: float = 0.0) -> None:
        super().__init__(self.answer)
        self.payment = payment
        self.delay = delay
        self.calls: Counter[str] = Counter()
        self.in_flight = self.peak = 0
        self.closed = False

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.calls[f"{request.method} {request.url.path}"] += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        await asyncio.sleep(self.delay)
        self.in_flight -= 1
        if request.url.path.startswith("/prices/"):
            return httpx.Response(200, json={"price": 15})
        if isinstance(self.payment, Exception):
            raise self.payment
        return httpx.Response(self.payment)

    async def aclose(self) -> None:
        self.closed = True


def book(client: TestClient, *seats: str) -> Any:
    wish = {"show": "macbeth", "seats": list(seats), "card": "1"}
    return client.post("/reservations", json=wish)


def is_free(client: TestClient, seat: str) -> bool:
    return seat in client.get("/shows/macbeth").json()["free"]


def test_booking_pays_once_and_takes_the_seats() -> None:
    api = Api()
    with TestClient(create_app(transport=api)) as client:
        response = book(client, "A1", "B2")
        assert response.status_code == 201
        assert response.json()["price"] == 30
        assert api.calls["POST /payments"] == 1
        assert not is_free(client, "A1")
        assert is_free(client, "A2")


def test_prices_overlap() -> None:
    api = Api(delay=0.02)
    with TestClient(create_app(transport=api)) as client:
        book(client, "A1", "A2", "B1")
    assert api.peak == 3


def test_ten_buyers_of_one_seat() -> None:
    api = Api(delay=0.02)
    with (
        TestClient(create_app(transport=api)) as client,
        ThreadPoolExecutor(10) as pool,
    ):
        answers = list(pool.map(lambda _: book(client, "B1"), range(10)))
    assert Counter(one.status_code for one in answers) == {201: 1, 409: 9}


@pytest.mark.parametrize(
    ("payment", "status"),
    [
        (402, 402),
        (500, 502),
        (httpx.ConnectError("down"), 502),
        (httpx.ConnectTimeout("slow"), 504),
    ],
)
def test_failures(payment: int | Exception, status: int) -> None:
    with TestClient(create_app(transport=Api(payment))) as client:
        assert book(client, "A1").status_code == status
        assert is_free(client, "A1")


def test_reservations_expire_and_tickets_do_not() -> None:
    time_now = [0.0]
    app = create_app(
        transport=Api(), now=lambda: time_now[0], print_ticket=lambda number: None
    )
    with TestClient(app) as client:
        gone = book(client, "A1").json()["id"]
        kept = book(client, "A2").json()["id"]
        assert client.post(f"/reservations/{kept}/ticket").status_code == 204
        time_now[0] = 120.0
        assert client.post(f"/reservations/{gone}/ticket").status_code == 404
        assert is_free(client, "A1")
        assert not is_free(client, "A2")


def test_the_desk_is_open_while_the_printer_runs() -> None:
    done: list[str] = []

    def print_ticket(number: int) -> None:
        time.sleep(0.2)
        done.append("ticket")

    app = create_app(transport=Api(), print_ticket=print_ticket)
    with TestClient(app) as client, ThreadPoolExecutor() as pool:
        number = book(client, "A1").json()["id"]
        ticket = pool.submit(client.post, f"/reservations/{number}/ticket")
        time.sleep(0.05)
        assert client.get("/shows/macbeth").status_code == 200
        done.append("show")
        assert ticket.result().status_code == 204
    assert done == ["show", "ticket"]


def test_stopping_closes_the_transport() -> None:
    api = Api()
    with TestClient(create_app(transport=api)):
        assert not api.closed
    assert api.closed


def test_starting_again_is_starting_anew() -> None:
    app = create_app(transport=Api())
    for _ in ("first", "second"):
        with TestClient(app) as client:
            assert book(client, "A1").status_code == 201
