"""Examples of what the boards show, against the timetable of given.py, in real time."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator

import given
import httpx
import pytest
import pytest_asyncio
import uvicorn
from asgi_lifespan import LifespanManager


@pytest.fixture(scope="module", autouse=True)
def timetable() -> Iterator[None]:
    """Serve the timetable on a free port of this computer."""
    listener = socket.create_server(("127.0.0.1", 0))
    given.TIMETABLE_URL = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(given.timetable, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield
    server.should_exit = True
    thread.join()


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    # Imported late: it takes the timetable's address from given.py.
    from app import app

    async with LifespanManager(app) as running:
        transport = httpx.ASGITransport(running.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://boards"
        ) as one:
            yield one


@pytest.mark.asyncio
async def test_a_board_shows_the_trains_of_its_station(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get("/departures/zug")

    assert response.status_code == 200
    assert response.json() == {
        "station": "zug",
        "departures": [
            {"line": "S1", "colour": "green", "to": "Luzern", "at": "08:12"}
        ],
        "stale": False,
    }


@pytest.mark.asyncio
@pytest.mark.parametrize(("station", "status"), [("atlantis", 404), ("chur", 502)])
async def test_the_timetables_troubles_have_their_statuses(
    client: httpx.AsyncClient, station: str, status: int
) -> None:
    response = await client.get(f"/departures/{station}")

    assert response.status_code == status


@pytest.mark.asyncio
async def test_a_silent_timetable_is_504(client: httpx.AsyncClient) -> None:
    response = await client.get("/departures/olten")

    assert response.status_code == 504
    assert response.json() == {"error": "upstream_timeout"}
