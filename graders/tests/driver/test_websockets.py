"""A WebSocket client of an application."""

from __future__ import annotations

import pytest

from graders.proctor import Deadlock, Exam, Frame, ProtocolError, WebSocketClosed
from graders.tests.exams import Examine

APP = """
    import asyncio
    from fastapi import FastAPI, HTTPException, WebSocket, WebSocketDisconnect

    app = FastAPI()
    peers = []
    log = []

    @app.websocket("/echo")
    async def echo(websocket: WebSocket):
        await asyncio.sleep(0.5)
        (subprotocol,) = websocket.scope["subprotocols"]
        await websocket.accept(subprotocol)
        try:
            while True:
                message = await websocket.receive_text()
                await asyncio.sleep(1)
                await websocket.send_text(message.upper())
        except WebSocketDisconnect as exc:
            log.append(exc.code)

    @app.websocket("/chat")
    async def chat(websocket: WebSocket):
        await websocket.accept()
        peers.append(websocket)
        try:
            while True:
                message = await websocket.receive_json()
                for peer in list(peers):
                    try:
                        await peer.send_json(message)
                    except WebSocketDisconnect as exc:
                        log.append(exc.code)
        finally:
            peers.remove(websocket)

    @app.websocket("/refuses")
    async def refuses(websocket: WebSocket):
        await websocket.close(4003, "not you")

    @app.websocket("/denies")
    async def denies(websocket: WebSocket):
        raise HTTPException(401, "who are you?")

    @app.websocket("/crashes")
    async def crashes(websocket: WebSocket, early: bool = False):
        if not early:
            await websocket.accept()
        raise ValueError("oh")

    @app.websocket("/closes")
    async def closes(websocket: WebSocket):
        await websocket.accept()
        await websocket.send_bytes(b"bye")
        await websocket.close(4000, "enough")

    @app.websocket("/waits")
    async def waits(websocket: WebSocket):
        await websocket.accept()
        await websocket.receive_text()

    @app.get("/log")
    async def logged():
        return [log, len(peers)]
"""


def test_messages_go_back_and_forth_in_virtual_time(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        async with exam.websocket("/echo", subprotocols=["v1"]) as socket:
            assert (exam.now, socket.subprotocol) == (0.5, "v1")
            socket.send_text("a")
            socket.send_text("b")
            assert await socket.receive_text() == "A"
            assert await socket.receive() == Frame(2.5, "B")
        await socket.exchange.returns()
        assert socket.frames == [Frame(1.5, "A"), Frame(2.5, "B")]
        assert (await exam.get("/log")).json() == [[1000], 0]

    assert examine(APP, body) == []


def test_sending_to_a_client_that_is_gone_raises_for_the_sender(
    examine: Examine,
) -> None:
    source = """
        import asyncio
        from fastapi import FastAPI, WebSocket, WebSocketDisconnect

        app = FastAPI()
        log = []

        @app.websocket("/ticks")
        async def ticks(websocket: WebSocket):
            await websocket.accept()
            try:
                while True:
                    await websocket.send_text("tick")
                    await asyncio.sleep(1)
            except WebSocketDisconnect as exc:
                log.append(exc.code)

        @app.get("/log")
        async def logged():
            return log
    """

    async def body(exam: Exam) -> None:
        socket = exam.websocket("/ticks")
        await socket.accepted()
        await exam.sleep(1.5)
        socket.close(1006)
        await socket.exchange.returns()
        assert exam.now == 2.0
        assert [frame.at for frame in socket.frames] == [0.0, 1.0]
        assert (await exam.get("/log")).json() == [1006]

    assert examine(source, body) == []


def test_several_clients_hear_each_other(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        async with exam.websocket("/chat") as one, exam.websocket("/chat") as two:
            one.send_json({"n": 1})
            assert await two.receive_json() == {"n": 1}
            assert await one.receive_json() == {"n": 1}
        await exam.settle()
        assert (await exam.get("/log")).json() == [[], 0]

    # Starlette raises WebSocketDisconnect out of an endpoint that does not catch it.
    assert examine(APP, body) == []


@pytest.mark.parametrize(
    ("path", "code", "status"),
    [
        ("/refuses", 4003, 403),
        ("/denies", 1006, 401),
        ("/crashes?early=1", 1006, 500),
        ("/nowhere", 1000, 403),
    ],
)
def test_a_refusal_has_a_status(
    examine: Examine, path: str, code: int, status: int
) -> None:
    async def body(exam: Exam) -> None:
        with pytest.raises(WebSocketClosed) as caught:
            await exam.websocket(path).accepted()
        assert caught.value.status == status
        assert path.startswith("/crashes") or caught.value.code == code

    assert examine(APP, body) == []


def test_the_application_may_close_with_a_code_and_a_reason(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        async with exam.websocket("/closes") as socket:
            assert await socket.receive_bytes() == b"bye"
            with pytest.raises(WebSocketClosed, match="code 4000"):
                await socket.receive()
            closed = await socket.closed()
            assert (closed.code, closed.reason, closed.status) == (4000, "enough", None)

    assert examine(APP, body) == []


def test_a_crash_closes_with_1011(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        async with exam.websocket("/crashes") as socket:
            assert (await socket.closed()).code == 1011
            assert socket.exchange.failure is not None
            assert socket.exchange.failure.error == "ValueError"

    assert examine(APP, body) == []


def test_a_message_of_the_other_kind_is_told(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        async with exam.websocket("/closes") as socket:
            with pytest.raises(ProtocolError, match="bytes came instead of text"):
                await socket.receive_text()

    assert examine(APP, body) == []


def test_waiting_for_a_message_that_never_comes_is_a_deadlock(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        async with exam.websocket("/waits") as socket:
            with pytest.raises(Deadlock):
                await socket.receive()

    assert examine(APP, body) == []
