"""No client at all: the service is called as a server calls it, each test one loop.

The payment API answers only what the test has put into its queue, so a test decides
when anything goes on.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import app as service
import httpx
from fastapi import FastAPI


class Line(httpx.AsyncBaseTransport):
    """Each request waits in `calls` until the test answers it."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue[
            tuple[httpx.Request, asyncio.Future[httpx.Response]]
        ] = asyncio.Queue()
        self.is_open = True

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer: asyncio.Future[httpx.Response]
        answer = asyncio.get_running_loop().create_future()
        self.calls.put_nowait((request, answer))
        return await answer

    async def aclose(self) -> None:
        self.is_open = False

    async def price(self, amount: int) -> None:
        _, answer = await asyncio.wait_for(self.calls.get(), 0.2)
        answer.set_result(httpx.Response(200, json={"price": amount}))

    async def pay(self, outcome: int | Exception = 201) -> Any:
        request, answer = await asyncio.wait_for(self.calls.get(), 0.2)
        assert request.url.path == "/payments"
        if isinstance(outcome, Exception):
            answer.set_exception(outcome)
        else:
            answer.set_result(httpx.Response(outcome))
        return json.loads(request.content)


async def call(app: FastAPI, method: str, path: str, body: Any = None) -> Any:
    sent: list[Any] = []
    content = b"" if body is None else json.dumps(body).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", b"application/json")],
        "client": ("test", 1),
        "server": ("test", 80),
    }
    await app(scope, receive, send)
    text = b"".join(part.get("body", b"") for part in sent[1:])
    return sent[0]["status"], json.loads(text) if text else None


def run(test: Callable[[FastAPI, Line], Awaitable[None]], **options: Any) -> Line:
    async def main() -> Line:
        line = Line()
        app = service.create_app(transport=line, **options)
        async with app.router.lifespan_context(app):
            await test(app, line)
        return line

    return asyncio.run(main())


def wish(*seats: str) -> dict[str, Any]:
    return {"show": "hamlet", "seats": seats, "card": "c"}


async def sold(app: FastAPI, line: Line, seat: str) -> int:
    buying = asyncio.create_task(call(app, "POST", "/reservations", wish(seat)))
    await line.price(10)
    await line.pay()
    status, body = await buying
    assert status == 201
    number: int = body["id"]
    return number


def test_prices_at_once_then_one_payment() -> None:
    async def test(app: FastAPI, line: Line) -> None:
        buying = asyncio.create_task(
            call(app, "POST", "/reservations", wish("A1", "A2"))
        )
        # Both have been asked for before either is answered.
        (one, first), (two, second) = [
            await asyncio.wait_for(line.calls.get(), 0.2) for _ in range(2)
        ]
        asked = {one.url.path, two.url.path}
        assert asked == {"/prices/hamlet/A1", "/prices/hamlet/A2"}
        for answer in (first, second):
            answer.set_result(httpx.Response(200, json={"price": 7}))
        assert await line.pay() == {"card": "c", "amount": 14}
        assert (await buying)[0] == 201

    run(test)


def test_a_second_buyer_is_turned_away_while_the_first_one_pays() -> None:
    async def test(app: FastAPI, line: Line) -> None:
        first = asyncio.create_task(call(app, "POST", "/reservations", wish("A1")))
        await line.price(10)
        second = asyncio.create_task(call(app, "POST", "/reservations", wish("A1")))
        status, _ = await asyncio.wait_for(second, 0.2)
        assert status == 409
        await line.pay()
        assert (await first)[0] == 201

    run(test)


def test_a_payment_that_fails_lets_the_seat_go() -> None:
    outcomes: list[tuple[int | Exception, int]] = [
        (402, 402),
        (500, 502),
        (httpx.ConnectError("nobody there"), 502),
        (httpx.ReadTimeout("no word"), 504),
    ]

    async def test(app: FastAPI, line: Line) -> None:
        for outcome, status in outcomes:
            buying = asyncio.create_task(call(app, "POST", "/reservations", wish("A1")))
            await line.price(10)
            await line.pay(outcome)
            assert (await buying)[0] == status
        await sold(app, line, "A1")

    run(test)


def test_an_api_that_says_nothing_is_504() -> None:
    async def test(app: FastAPI, line: Line) -> None:
        assert (await call(app, "POST", "/reservations", wish("A1")))[0] == 504
        _, show = await call(app, "GET", "/shows/hamlet")
        assert "A1" in show["free"]

    run(test, patience=0.01)


def test_a_ticket_is_printed_elsewhere_and_keeps_the_seat() -> None:
    time = 0.0
    order: list[str] = []

    async def test(app: FastAPI, line: Line) -> None:
        nonlocal time
        ours = asyncio.get_running_loop()

        def print_ticket(number: int) -> None:
            shown = asyncio.run_coroutine_threadsafe(
                call(app, "GET", "/shows/hamlet"), ours
            )
            assert shown.result(timeout=0.5)[0] == 200
            order.append(f"printed {number}")

        printer.append(print_ticket)
        kept = await sold(app, line, "A1")
        gone = await sold(app, line, "A2")
        assert (await call(app, "POST", f"/reservations/{kept}/ticket"))[0] == 204
        assert order == [f"printed {kept}"]
        time = 121.0
        assert (await call(app, "DELETE", f"/reservations/{gone}"))[0] == 404
        _, show = await call(app, "GET", "/shows/hamlet")
        assert show["free"] == ["A2", "A3", "B1", "B2", "B3"]

    printer: list[Callable[[int], None]] = []
    run(test, now=lambda: time, print_ticket=lambda number: printer[0](number))


def test_the_line_is_closed_in_the_end() -> None:
    async def test(app: FastAPI, line: Line) -> None:
        assert line.is_open

    assert not run(test).is_open


def test_who_starts_again_has_all_seats() -> None:
    async def main() -> None:
        line = Line()
        app = service.create_app(transport=line)
        for _ in range(2):
            async with app.router.lifespan_context(app):
                await sold(app, line, "B3")

    asyncio.run(main())
