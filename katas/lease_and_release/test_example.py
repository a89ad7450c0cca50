"""Examples of what the printers do. Run them with `pytest test_example.py`."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from app import app


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://labels") as one:
        yield one


async def free_printers(client: httpx.AsyncClient) -> list[str]:
    response = await client.get("/printers")
    return [printer["name"] for printer in response.json() if not printer["leased"]]


@pytest.mark.asyncio
async def test_a_label_is_printed(client: httpx.AsyncClient) -> None:
    response = await client.post("/labels", json={"text": "Fragile"})

    assert response.status_code == 201
    assert response.json()["job"].startswith("JOB-")
    assert await free_printers(client) == ["Agnes", "Bruno", "Clara"]


@pytest.mark.asyncio
async def test_a_jam_is_502_and_costs_no_printer(client: httpx.AsyncClient) -> None:
    response = await client.post("/labels", json={"text": "Plum jam"})

    assert response.status_code == 502
    assert await free_printers(client) == ["Agnes", "Bruno", "Clara"]


@pytest.mark.asyncio
async def test_the_fourth_label_at_once_finds_no_printer(
    client: httpx.AsyncClient,
) -> None:
    responses = await asyncio.gather(
        *(client.post("/labels", json={"text": f"Box {box}"}) for box in range(4))
    )

    statuses = sorted(response.status_code for response in responses)
    assert statuses == [201, 201, 201, 503]
    assert await free_printers(client) == ["Agnes", "Bruno", "Clara"]
