"""Examples of what the service does. Run them with `pytest test_example.py`."""

from collections.abc import Iterator

import pytest
from app import app
from fastapi.testclient import TestClient


@pytest.fixture
def client() -> Iterator[TestClient]:
    # As a server would, let an error of the service's own be a 500.
    with TestClient(app, raise_server_exceptions=False) as started:
        yield started


def test_a_member_is_shown_with_balance_and_tier(client: TestClient) -> None:
    response = client.get("/members/31")

    assert response.status_code == 200
    assert response.json() == {
        "id": 31,
        "name": "Wei Zhang",
        "points": 4_310,
        "tier": "gold",
    }


def test_points_are_added_and_stay(client: TestClient) -> None:
    response = client.post("/members/12/points", json={"points": 30})

    assert response.status_code == 200
    assert response.json()["points"] == 50
    assert response.json()["tier"] == "basic"
    assert client.get("/members/12").json()["points"] == 50


def test_a_member_nobody_knows_is_404(client: TestClient) -> None:
    assert client.get("/members/404").status_code == 404
    assert client.post("/members/404/points", json={"points": 5}).status_code == 404


def test_without_an_audit_line_no_points_are_added(client: TestClient) -> None:
    before = client.get("/members/7").json()["points"]

    response = client.post("/members/7/points", json={"points": 1_000_000})

    assert response.status_code == 500
    assert client.get("/members/7").json()["points"] == before
