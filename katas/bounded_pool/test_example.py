"""Examples to start with. Run them here: pytest test_example.py"""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from app import app
from httpx import ASGITransport, AsyncClient


@pytest_asyncio.fixture
async def client() -> AsyncIterator[AsyncClient]:
    async with (
        app.router.lifespan_context(app),
        AsyncClient(
            transport=ASGITransport(app=app), base_url="http://warehouse"
        ) as one,
    ):
        yield one


@pytest.mark.asyncio
async def test_an_aisle_is_scanned(client: AsyncClient) -> None:
    response = await client.post("/scans", json={"aisle": "A3"})

    assert response.status_code == 200
    assert response.json() == {"aisle": "A3", "pallets": ["PAL-20817", "PAL-20822"]}


@pytest.mark.asyncio
async def test_six_scans_at_once_use_three_links(client: AsyncClient) -> None:
    scans = [client.post("/scans", json={"aisle": "B1"}) for _ in range(6)]
    responses = await asyncio.gather(*scans)
    pool = await client.get("/pool")

    assert [response.status_code for response in responses] == [200] * 6
    assert pool.json() == {"open": 3, "idle": 3, "waiting": 0}


@pytest.mark.asyncio
async def test_a_broken_link_leaves_the_pool(client: AsyncClient) -> None:
    broken = await client.post("/scans", json={"aisle": "cellar"})
    pool = await client.get("/pool")
    next_one = await client.post("/scans", json={"aisle": "B1"})

    assert broken.status_code == 502
    assert pool.json() == {"open": 0, "idle": 0, "waiting": 0}
    assert next_one.status_code == 200
