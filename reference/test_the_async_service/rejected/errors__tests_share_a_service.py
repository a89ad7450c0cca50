"""Its tests go on where the one before has stopped."""

from collections.abc import Iterator

import httpx
import pytest
from app import create_app
from fastapi.testclient import TestClient


def answer(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"price": 20})


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(transport=httpx.MockTransport(answer))) as one:
        yield one


def reserve(client: TestClient, seat: str) -> int:
    wish = {"show": "macbeth", "seats": [seat], "card": "1"}
    status: int = client.post("/reservations", json=wish).status_code
    return status


def test_a_seat_can_be_reserved(client: TestClient) -> None:
    assert reserve(client, "A1") == 201


def test_a_taken_seat_is_409(client: TestClient) -> None:
    assert reserve(client, "A1") == 409
