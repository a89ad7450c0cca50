"""Examples to start with. Run them here: pytest test_example.py"""

import time
from collections.abc import Iterator

import pytest
from app import app
from fastapi.testclient import TestClient

# TestClient, like ASGITransport, comes back only when the background tasks are done.
# That is handy here. It also means that these tests cannot see which came first.


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def wait_for_status(client: TestClient, signup_id: int) -> str:
    """The status once it is no longer "queued"."""
    for _ in range(200):
        status = client.get(f"/signups/{signup_id}").json()["status"]
        if status != "queued":
            return str(status)
        time.sleep(0.01)
    return "queued"


def test_a_sign_up_is_queued_and_then_mailed(client: TestClient) -> None:
    response = client.post(
        "/signups", json={"email": "ines@example.com", "name": "Ines Duarte"}
    )
    assert response.status_code == 202
    assert response.json()["status"] == "queued"
    assert wait_for_status(client, response.json()["id"]) == "mailed"


def test_a_mail_that_cannot_be_sent_is_failed(client: TestClient) -> None:
    response = client.post(
        "/signups", json={"email": "tomasz@example.org", "name": "Tomasz Wilk"}
    )
    assert response.status_code == 202
    assert wait_for_status(client, response.json()["id"]) == "failed"


def test_an_address_can_sign_up_once(client: TestClient) -> None:
    noor = {"email": "noor@example.com", "name": "Noor Rahman"}
    assert client.post("/signups", json=noor).status_code == 202
    assert client.post("/signups", json=noor).status_code == 409


def test_an_unknown_sign_up_is_not_found(client: TestClient) -> None:
    assert client.get("/signups/987654321").status_code == 404
