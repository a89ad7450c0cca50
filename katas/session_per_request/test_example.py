"""Examples to start with. Run them here: pytest test_example.py"""

import os
import tempfile
from collections.abc import Iterator

import pytest

# A database of our own; given.py reads its address when it is imported.
_folder = tempfile.TemporaryDirectory()
os.environ["DATABASE_URL"] = f"sqlite+aiosqlite:///{_folder.name}/library.db"

from app import app  # noqa: E402
from fastapi.testclient import TestClient  # noqa: E402


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """Within `with`, TestClient starts the service; at the end it stops it."""
    with TestClient(app) as started:
        yield started
    _folder.cleanup()


def add_a_book(client: TestClient) -> int:
    response = client.post("/books", json={"title": "Emma", "author": "Jane Austen"})
    assert response.status_code == 201
    number: int = response.json()["id"]
    return number


def test_a_new_book_can_be_read_again(client: TestClient) -> None:
    number = add_a_book(client)
    book = client.get(f"/books/{number}").json()
    assert book["title"] == "Emma"
    assert book["lent"] is False
    assert book["created_at"]
    assert book in client.get("/books").json()


def test_a_book_is_lent_only_once(client: TestClient) -> None:
    number = add_a_book(client)
    first = client.post(f"/books/{number}/loan", json={"reader": "Ada"})
    again = client.post(f"/books/{number}/loan", json={"reader": "Tomasz"})
    assert (first.status_code, again.status_code) == (201, 409)
    assert client.get(f"/books/{number}").json()["lent"] is True


def test_an_unknown_book_is_not_found(client: TestClient) -> None:
    assert client.get("/books/4711").status_code == 404
