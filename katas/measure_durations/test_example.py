"""Examples to start with. Run them here: pytest test_example.py"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from app import app
from httpx import ASGITransport, AsyncClient


@asynccontextmanager
async def shop() -> AsyncIterator[AsyncClient]:
    async with AsyncClient(
        transport=ASGITransport(app=app), base_url="http://shop"
    ) as client:
        yield client


async def metrics(client: AsyncClient) -> dict[str, Any]:
    response = await client.get("/metrics")
    assert response.status_code == 200
    measured: dict[str, Any] = response.json()
    return measured


@pytest.mark.asyncio
async def test_an_order_is_placed_and_its_steps_are_measured() -> None:
    async with shop() as client:
        before = await metrics(client)
        response = await client.post("/orders", json={"sku": "MUG-7", "quantity": 3})
        after = await metrics(client)
    assert response.status_code == 201
    assert response.json() == {"price": 3_750, "reservation": "R-MUG-7-3"}
    for step, seconds in (("validate", 0.1), ("price", 0.2), ("reserve", 0.3)):
        assert after[step]["count"] == before[step]["count"] + 1
        assert seconds - 0.05 < after[step]["last"] <= after[step]["max"]
        assert after[step]["in_progress"] == 0


@pytest.mark.asyncio
async def test_a_step_that_fails_is_measured_too() -> None:
    async with shop() as client:
        before = await metrics(client)
        response = await client.post("/orders", json={"sku": "MUG-7", "quantity": 0})
        after = await metrics(client)
    assert response.status_code == 502
    assert after["validate"]["count"] == before["validate"]["count"] + 1
    assert after["validate"]["errors"] == before["validate"]["errors"] + 1
    assert after["price"]["count"] == before["price"]["count"]
