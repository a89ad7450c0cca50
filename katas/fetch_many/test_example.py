"""Examples to start with. Run them here: pytest test_example.py"""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from app import app
from fastapi.testclient import TestClient
from given import practice_web


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    """The address of a small web, on a free port of this machine."""
    server = practice_web(port=0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def check(*urls: str) -> Any:
    with TestClient(app) as client:
        response = client.post("/checks", json={"urls": urls})
    assert response.status_code == 200
    return response.json()


def test_a_good_link_and_a_dead_one(web: str) -> None:
    assert check(f"{web}/news", f"{web}/gone") == {
        "results": [
            {"url": f"{web}/news", "ok": True, "status": 200, "error": None},
            {"url": f"{web}/gone", "ok": False, "status": 404, "error": "http"},
        ],
        "ok": 1,
        "failed": 1,
        "total": 2,
    }


def test_a_host_that_refuses(web: str) -> None:
    closed = practice_web(port=0)
    url = f"http://127.0.0.1:{closed.server_port}/"
    closed.server_close()

    rows = check(url, web)["results"]

    assert rows[0] == {"url": url, "ok": False, "status": None, "error": "connect"}
    assert rows[1] == {"url": web, "ok": True, "status": 200, "error": None}


def test_something_that_is_no_link() -> None:
    row = check("see page 4")["results"][0]
    assert row["error"] == "invalid"
    assert row["ok"] is False


def test_no_links_at_all() -> None:
    assert check() == {"results": [], "ok": 0, "failed": 0, "total": 0}
