"""Examples to start with. Run them here: pytest test_example.py"""

import os
import socket
import tempfile
import threading
from collections.abc import Iterator

import pytest

# A database of our own; given.py reads its address when it is imported.
_folder = tempfile.TemporaryDirectory()
os.environ["DATABASE_URL"] = f"sqlite+aiosqlite:///{_folder.name}/trips.db"

import given  # noqa: E402
import uvicorn  # noqa: E402
from fastapi.testclient import TestClient  # noqa: E402


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """The service, started, and the carriers of given.py on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    given.CARRIERS.update({name: f"{address}/{name}" for name in given.CARRIERS})
    server = uvicorn.Server(uvicorn.Config(given.carriers, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()

    # Imported late: it may copy the carriers' addresses out of given.py.
    from app import app

    with TestClient(app) as started:
        yield started
    server.should_exit = True
    thread.join()
    _folder.cleanup()


def test_a_complete_quote_has_three_offers(client: TestClient) -> None:
    response = client.post("/quotes", json={"origin": "Wil", "destination": "Chur"})
    assert response.status_code == 201
    quote = response.json()
    assert [offer["price"] for offer in quote["offers"]] == [2200, 3400, 4500]
    assert quote["complete"] is True
    assert client.get(f"/quotes/{quote['id']}").json() == quote


def test_a_partial_quote_says_who_is_missing(client: TestClient) -> None:
    response = client.post("/quotes", json={"origin": "Wil", "destination": "Bern"})
    assert response.status_code == 200
    assert response.json()["missing"] == [
        {"carrier": "coach", "reason": "failed"},
        {"carrier": "ferry", "reason": "failed"},
    ]


def test_an_unknown_quote_is_not_found(client: TestClient) -> None:
    assert client.get("/quotes/4711").status_code == 404


def test_metrics_count_the_calls(client: TestClient) -> None:
    carriers = client.get("/metrics").json()["carriers"]
    assert carriers["rail"]["calls"] == carriers["coach"]["calls"]
