"""Examples to start with. Run them here: pytest test_example.py"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from app import app
from httpx import ASGITransport, AsyncClient


@asynccontextmanager
async def gate() -> AsyncIterator[AsyncClient]:
    async with AsyncClient(
        transport=ASGITransport(app=app), base_url="http://gate"
    ) as client:
        yield client


@pytest.mark.asyncio
async def test_an_expected_visitor_is_found() -> None:
    async with gate() as client:
        response = await client.get("/visitors/2")
    assert response.status_code == 200
    assert response.json() == {
        "id": 2,
        "name": "Tomasz Wilk",
        "company": "Brightwater Labs",
    }


@pytest.mark.asyncio
async def test_an_unknown_visitor_is_not_found() -> None:
    async with gate() as client:
        response = await client.get("/visitors/77")
    assert response.status_code == 404


@pytest.mark.asyncio
async def test_a_badge_is_printed() -> None:
    async with gate() as client:
        response = await client.post("/badges/12/print")
    assert response.status_code == 201
    assert response.json() == {"badge": 12, "job": "JOB-00012"}


@pytest.mark.asyncio
async def test_the_gate_is_healthy_while_a_badge_is_printed() -> None:
    async with gate() as client:
        printing = asyncio.create_task(client.post("/badges/12/print"))
        await asyncio.sleep(0.1)
        health = await client.get("/health")
        answered_first = not printing.done()
        await printing
    assert health.json() == {"status": "ok"}
    assert answered_first, "/health had to wait for the printer"
