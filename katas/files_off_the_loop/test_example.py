"""Examples to start with. Run them here: pytest test_example.py"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from app import app
from given import ARCHIVE
from httpx import ASGITransport, AsyncClient

RECEIPT = "Bread      3.20\nCafé       4.10\nTotal      7.30\n"


@pytest_asyncio.fixture
async def client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AsyncClient]:
    # An archive for this test alone: the service keeps receipts where it runs.
    monkeypatch.chdir(tmp_path)
    ARCHIVE.mkdir()
    async with AsyncClient(
        transport=ASGITransport(app=app), base_url="http://archive"
    ) as one:
        yield one


@pytest.mark.asyncio
async def test_a_receipt_comes_back_as_it_was_sent(client: AsyncClient) -> None:
    stored = await client.put("/receipts/till-4", content=RECEIPT.encode())
    read = await client.get("/receipts/till-4")

    assert stored.status_code == 201
    assert stored.json() == {"id": "till-4", "bytes": len(RECEIPT.encode())}
    assert read.content == RECEIPT.encode()


@pytest.mark.asyncio
async def test_a_receipt_is_read_by_the_line(client: AsyncClient) -> None:
    await client.put("/receipts/till-4", content=RECEIPT.encode())
    response = await client.get("/receipts/till-4/lines?start=1&count=5")

    assert response.json() == {"lines": ["Café       4.10", "Total      7.30"]}


@pytest.mark.asyncio
async def test_a_receipt_that_is_not_there_is_a_404(client: AsyncClient) -> None:
    assert (await client.get("/receipts/till-9")).status_code == 404
    assert (await client.get("/receipts/till-9/lines")).status_code == 404


@pytest.mark.asyncio
async def test_an_id_with_other_characters_is_a_422(client: AsyncClient) -> None:
    assert (await client.put("/receipts/a.b", content=b"x\n")).status_code == 422
