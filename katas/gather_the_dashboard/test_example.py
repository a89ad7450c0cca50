"""Examples of what the page does. Run them with `pytest test_example.py`."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from app import app


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://clinic") as one:
        yield one


@pytest.mark.asyncio
async def test_the_page_holds_what_the_four_services_said(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get("/patients/7/summary")

    assert response.status_code == 200
    assert response.json() == {
        "patient": {"id": 7, "name": "Ada Moreau", "insurer": "Helvia"},
        "appointments": [{"day": "2025-04-02", "doctor": "Dr. Okafor"}],
        "labs": [{"test": "ferritin", "value": 61.0}],
        "billing": {"insurer": "Helvia", "open": 12_000},
    }


@pytest.mark.asyncio
async def test_a_patient_nobody_knows_is_404(client: httpx.AsyncClient) -> None:
    response = await client.get("/patients/404/summary")

    assert response.status_code == 404


@pytest.mark.asyncio
async def test_an_insurer_that_does_not_answer_is_502(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get("/patients/31/summary")

    assert response.status_code == 502
