"""Examples to start with. Run them here: pytest test_example.py"""

import threading
from collections.abc import Iterator

import given
import pytest
from fastapi.testclient import TestClient

# A rates API of our own, on a free port; app.py reads its address when it is imported.
_api = given.practice_api(port=0)
given.RATES_URL = f"http://127.0.0.1:{_api.server_port}"

from app import app  # noqa: E402


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """Within `with`, TestClient starts the service; at the end it stops it."""
    thread = threading.Thread(target=_api.serve_forever, daemon=True)
    thread.start()
    with TestClient(app) as started:
        yield started
    _api.shutdown()
    _api.server_close()


def test_rates_come_from_the_api(client: TestClient) -> None:
    response = client.get("/rates/EUR")
    assert response.status_code == 200
    assert response.json()["rates"] == {"CHF": 0.94, "GBP": 0.85, "USD": 1.09}


def test_an_unknown_currency_is_not_found(client: TestClient) -> None:
    assert client.get("/rates/XYZ").status_code == 404


def test_the_service_is_healthy(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
