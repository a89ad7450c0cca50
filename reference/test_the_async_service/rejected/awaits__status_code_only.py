"""That a status is right says nothing about what has happened."""

import httpx
from app import create_app
from fastapi.testclient import TestClient


def answer(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"price": 20})


def test_the_endpoints_answer() -> None:
    app = create_app(
        transport=httpx.MockTransport(answer), print_ticket=lambda reservation: None
    )
    with TestClient(app) as client:
        assert client.get("/shows/hamlet").status_code == 200
        assert client.get("/shows/cats").status_code == 404
        wish = {"show": "hamlet", "seats": ["A1", "A2"], "card": "1"}
        response = client.post("/reservations", json=wish)
        assert response.status_code == 201
        assert client.post("/reservations", json=wish).status_code == 409
        path = f"/reservations/{response.json()['id']}"
        assert client.post(f"{path}/ticket").status_code == 204
        assert client.delete(path).status_code == 204
        assert client.delete(path).status_code == 404
