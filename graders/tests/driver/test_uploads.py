"""Requests whose body comes piece by piece, and files that they leave open."""

from __future__ import annotations

import pytest

from graders.proctor import Exam, Exchange
from graders.tests.exams import Examine, problems

APP = """
    import asyncio
    from pathlib import Path

    import aiofiles
    from fastapi import FastAPI, Request
    from starlette.requests import ClientDisconnect

    app = FastAPI()
    log = app.state.log = []

    @app.put("/measured")
    async def measured(request: Request):
        loop = asyncio.get_running_loop()
        began, pieces = loop.time(), []
        try:
            async for piece in request.stream():
                pieces.append([round(loop.time() - began, 3), piece.decode()])
        except ClientDisconnect:
            log.append("left")
            raise
        return {"pieces": pieces, "headers": dict(request.headers)}

    @app.put("/closed")
    async def closed(request: Request):
        async with aiofiles.open("arriving", "wb") as file:
            async for piece in request.stream():
                await file.write(piece)

    @app.put("/left-open")
    async def left_open(request: Request):
        file = await aiofiles.open("arriving", "wb")
        async for piece in request.stream():
            await file.write(piece)
        await file.close()

    @app.put("/left-open-in-a-thread")
    async def left_open_in_a_thread(request: Request):
        file = await asyncio.to_thread(Path("arriving").open, "wb")
        async for piece in request.stream():
            await asyncio.to_thread(file.write, piece)
        await asyncio.to_thread(file.close)

    @app.put("/thrown-away")
    def thrown_away():
        file = Path("arriving").open("wb")
        file.write(b"all of it")
"""


def _feed(exchange: Exchange, body: bytes, *, more: bool) -> None:
    exchange.feed({"type": "http.request", "body": body, "more_body": more})


def test_a_body_arrives_when_its_pieces_are_sent(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        exchange = exam.upload("PUT", "/measured")
        _feed(exchange, b"one", more=True)
        await exam.sleep(2)
        _feed(exchange, b"two", more=True)
        await exam.sleep(0.5)
        assert exchange.ended is None
        _feed(exchange, b"three", more=False)
        reply = await exchange.reply()
        assert (reply.status, reply.took) == (200, 2.5)
        told = reply.json()
        pieces = [piece for piece in told["pieces"] if piece[1]]
        assert pieces == [[0.0, "one"], [2.0, "two"], [2.5, "three"]]
        # As a client that does not know how long its body will be.
        assert told["headers"]["transfer-encoding"] == "chunked"
        assert "content-length" not in told["headers"]

    assert examine(APP, body) == []


def test_an_upload_that_a_check_leaves_unfinished_ends_with_the_exam(
    examine: Examine,
) -> None:
    left: list[Exchange] = []

    async def body(exam: Exam) -> None:
        exchange = exam.upload("PUT", "/measured")
        _feed(exchange, b"one", more=True)
        await exam.settle()
        assert exchange.finished is None
        left.append(exchange)

    # With no task left behind: the service was told that its client is gone.
    assert examine(APP, body) == []
    (exchange,) = left
    assert exchange.finished is not None
    assert exchange.failure is None or exchange.failure.error == "ClientDisconnect"


@pytest.mark.parametrize("cancelled", [True, False])
@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("closed", []),
        ("left-open", ["file left open"]),
        ("left-open-in-a-thread", ["file left open"]),
    ],
)
def test_a_file_that_nobody_closes_is_told_of(
    examine: Examine, endpoint: str, expected: list[str], cancelled: bool
) -> None:
    async def body(exam: Exam) -> None:
        exchange = exam.upload("PUT", f"/{endpoint}")
        _feed(exchange, b"half of it", more=True)
        await exam.settle()
        if cancelled:
            exchange.cancel()
        else:
            exchange.disconnect()
        await exchange.returns()

    assert problems(examine(APP, body)) == expected


@pytest.mark.parametrize("endpoint", ["closed", "left-open", "left-open-in-a-thread"])
def test_a_file_that_is_closed_in_the_end_is_not_told_of(
    examine: Examine, endpoint: str
) -> None:
    async def body(exam: Exam) -> None:
        exchange = exam.upload("PUT", f"/{endpoint}")
        _feed(exchange, b"all of it", more=False)
        assert (await exchange.reply()).status == 200

    assert problems(examine(APP, body)) == []


def test_a_file_that_is_thrown_away_open_is_told_of_with_its_line(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.put("/thrown-away")).status == 200

    evidence = examine(APP, body)

    assert problems(evidence) == ["file left open"]
    (site,) = [item.site for item in evidence if item.kind == "file left open"]
    assert site is not None
    assert APP.splitlines()[site.line - 1].strip() == (
        'file = Path("arriving").open("wb")'
    )
