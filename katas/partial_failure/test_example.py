"""Examples of what the comparison shows. Run them with `pytest test_example.py`."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from app import app


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://offers") as one:
        yield one


@pytest.mark.asyncio
async def test_what_there_is_is_shown_and_what_is_missing_is_said(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get("/offers/kettle")

    assert response.status_code == 200
    body = response.json()
    assert body["offers"] == [
        {"shop": "Emporio", "price": 3_490},
        {"shop": "Bergheim", "price": 3_550},
        {"shop": "Alpenmarkt", "price": 3_900},
    ]
    assert sorted(gap["shop"] for gap in body["missing"]) == ["Castello", "Dorfladen"]
    assert {gap["reason"] for gap in body["missing"]} == {"closed for stocktaking"}
    assert body["complete"] is False


@pytest.mark.asyncio
async def test_a_shop_that_does_not_sell_it_is_not_missing(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get("/offers/sticker")

    assert response.status_code == 200
    assert response.json() == {
        "offers": [
            {"shop": "Dorfladen", "price": 0},
            {"shop": "Emporio", "price": 40},
            {"shop": "Castello", "price": 50},
        ],
        "missing": [],
        "complete": True,
    }


@pytest.mark.asyncio
@pytest.mark.parametrize(("sku", "status"), [("sledge", 503), ("globe", 500)])
async def test_only_failures_are_503_and_our_own_bug_is_500(
    client: httpx.AsyncClient, sku: str, status: int
) -> None:
    response = await client.get(f"/offers/{sku}")

    assert response.status_code == status
