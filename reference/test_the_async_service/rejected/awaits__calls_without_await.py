"""A plain test calls an `async def`: that makes a coroutine, and runs nothing."""

import httpx
from app import create_app
from asgi_lifespan import LifespanManager


def answer(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"price": 20})


async def reserve(seat: str) -> None:
    app = create_app(transport=httpx.MockTransport(answer))
    async with (
        LifespanManager(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://theatre"
        ) as client,
    ):
        wish = {"show": "hamlet", "seats": [seat], "card": "1"}
        assert (await client.post("/reservations", json=wish)).status_code == 201
        assert (await client.post("/reservations", json=wish)).status_code == 409


def test_a_seat_can_be_reserved_once() -> None:
    reserve("A1")  # type: ignore[unused-coroutine]
