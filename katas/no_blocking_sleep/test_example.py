"""Examples to start with. Run them here: pytest test_example.py"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from app import app
from httpx import ASGITransport, AsyncClient


@asynccontextmanager
async def depot() -> AsyncIterator[AsyncClient]:
    async with AsyncClient(
        transport=ASGITransport(app=app), base_url="http://depot"
    ) as client:
        yield client


@pytest.mark.asyncio
async def test_a_scanned_parcel_is_answered() -> None:
    async with depot() as client:
        response = await client.get("/parcels/0/wait")
    assert response.status_code == 200
    assert response.json()["status"] == "scanned"


@pytest.mark.asyncio
async def test_a_parcel_is_scanned_while_the_courier_waits() -> None:
    async with depot() as client:
        response = await client.get("/parcels/3/wait", params={"max_wait": 2})
    assert response.json()["status"] == "scanned"
    assert 0.3 <= response.json()["waited"] < 2


@pytest.mark.asyncio
async def test_a_courier_does_not_wait_for_ever() -> None:
    async with depot() as client:
        response = await client.get("/parcels/900/wait", params={"max_wait": 0.25})
    assert response.json()["status"] == "pending"


@pytest.mark.asyncio
async def test_health_answers_while_a_courier_waits() -> None:
    async with depot() as client:
        waiting = asyncio.create_task(client.get("/parcels/901/wait?max_wait=0.75"))
        await asyncio.sleep(0.1)
        health = await client.get("/health")
        answered_first = not waiting.done()
        await waiting
    assert health.json() == {"status": "ok"}
    assert answered_first, "/health had to wait for the courier"
