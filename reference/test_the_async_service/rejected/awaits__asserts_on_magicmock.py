"""An attribute of a mock is true whatever was called: the parentheses are missing."""

from unittest.mock import AsyncMock, MagicMock

import httpx
from app import create_app
from fastapi.testclient import TestClient

WISH = {"show": "hamlet", "seats": ["A1", "A2"], "card": "1"}


def make_transport() -> MagicMock:
    transport = MagicMock(spec=httpx.AsyncBaseTransport)
    transport.handle_async_request = AsyncMock(
        side_effect=lambda request: httpx.Response(200, json={"price": 20})
    )
    return transport


def test_a_reservation_is_paid() -> None:
    transport = make_transport()
    with TestClient(create_app(transport=transport)) as client:
        assert client.post("/reservations", json=WISH).status_code == 201
    assert transport.handle_async_request.assert_awaited_with
    assert transport.handle_async_request.await_args.args[0].method


def test_the_client_is_closed() -> None:
    transport = make_transport()
    with TestClient(create_app(transport=transport)):
        pass
    assert transport.aclose.assert_awaited_once


def test_a_ticket_is_printed() -> None:
    printer = MagicMock(return_value=None)
    app = create_app(transport=make_transport(), print_ticket=printer)
    with TestClient(app) as client:
        number = client.post("/reservations", json=WISH).json()["id"]
        client.post(f"/reservations/{number}/ticket")
    assert printer.assert_called_once_with  # type: ignore[truthy-function]
