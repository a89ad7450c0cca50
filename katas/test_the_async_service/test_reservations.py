"""Tests of the seat reservations: yours to write."""

import httpx
import pytest
from app import create_app
from asgi_lifespan import LifespanManager


def answer(request: httpx.Request) -> httpx.Response:
    """A payment API that likes every card, and where every seat costs 20."""
    if request.url.path == "/payments":
        return httpx.Response(201)
    return httpx.Response(200, json={"price": 20})


@pytest.mark.asyncio
async def test_a_free_seat_can_be_reserved() -> None:
    app = create_app(transport=httpx.MockTransport(answer))
    async with (
        LifespanManager(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://theatre"
        ) as client,
    ):
        wish = {"show": "hamlet", "seats": ["A1"], "card": "4000"}
        response = await client.post("/reservations", json=wish)

    assert response.status_code == 201


# TODO: a test for each promise of the README. This one would notice few broken copies.
