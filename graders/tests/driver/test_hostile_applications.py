"""What is no ASGI becomes a sentence, and never an exception of the grader's own."""

from __future__ import annotations

import pytest

from graders.proctor import Exam, LifespanFailed, ProtocolError, WebSocketClosed
from graders.tests.exams import Examine

APP = """
    async def app(scope, receive, send):
        async def start(status=200, headers=()):
            await send({"type": "http.response.start", "status": status,
                        "headers": headers})

        async def body(data=b"", more=False):
            await send({"type": "http.response.body", "body": data, "more_body": more})

        if scope["type"] != "http":
            return
"""

BAD = {
    "await body()": "sent 'http.response.body' where 'http.response.start' belongs",
    "await send({})": "sent 'None' where 'http.response.start' belongs",
    "await send({'type': 7})": "sent '7' where 'http.response.start' belongs",
    "await start(); await start()": "started a second response",
    "await start(); await body(); await body()": "sent more after the response's end",
    "await start(); await send({'type': 'x' * 100})": "where 'http.response.body' belo",
    "await start('200')": "'200' is no status code",
    "await start(True)": "'True' is no status code",
    "await start(99)": "'99' is no status code",
    "await start(10 ** 18)": "'1000000000000000000' is no status code",
    "await start(200, 'text')": "the headers of a response are pairs of bytes",
    "await start(200, 5)": "the headers of a response are pairs of bytes",
    "await start(200, [('a', 'b')])": "a header of a response is a pair of bytes",
    "await start(200, [(b'a', b'b', b'c')])": "a header of a response is a pair",
    "await start(200, [(b'a', b'1\\r\\nb: 2')])": "'a' is no header",
    "await start(200, [(b'a', b'b')] * 10**5)": "more than 1000 headers",
    "await start(200, [(b'a', b'b' * 10**5)])": "longer than 64 KB",
    "await start(); await body('text')": "the body of a response is bytes, and not 'te",
    "await start(); await body(object())": "bytes, and not '<object>'",
    "await start(); await body(b'x' * (2**20 + 1))": "longer than 1 MB",
    "await start(); await body(b'x' * 3 * 10**7)": "longer than 1 MB",
    "await start()\nwhile True: await body(b'x' * 10**5, True)": "longer than 1 MB",
    "await start()\nwhile True: await body(b'', True)": "sends without end",
    "await start(200, [(b'content-length', b'9')]); await body(b'x')": "has only 1",
    "await start(200, [(b'content-length', b'0')]); await body(b'x')": "and has 1",
    "await start(200, [(b'content-length', b'-1')])": "a content-length of '-1'",
    "return": "returned without a response",
    "await start()": "returned without the end of its response",
}


@pytest.mark.parametrize("code", list(BAD))
def test_a_response_that_is_none_is_told(examine: Examine, code: str) -> None:
    async def body(exam: Exam) -> None:
        exam.start("GET", "/x")
        await exam.settle()
        with pytest.raises(ProtocolError) as caught:
            await exam.driver.exchanges[2].reply()
        assert BAD[code] in str(caught.value)
        assert str(caught.value).startswith("GET /x: ")
        assert len(str(caught.value)) < 200

    lines = "\n".join(f"        {line}" for line in code.splitlines())
    assert examine(APP + lines, body, finish=False) == []


def test_what_nobody_waited_for_is_told_at_the_end(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        exam.start("GET", "/x")

    with pytest.raises(ProtocolError, match="second response"):
        examine(f"{APP}        await start(); await start()", body)


@pytest.mark.parametrize(
    "value", ["'text'", "None", "{'type': 'http.response.start', 'status': 1j}"]
)
def test_an_event_that_is_no_event_fails_its_sender(
    examine: Examine, value: str
) -> None:
    async def body(exam: Exam) -> None:
        try:
            reply = await exam.get("/x")
        except ProtocolError:
            return
        assert (reply.status, reply.complete) == (500, True)
        assert reply.failure is not None

    assert examine(f"{APP}        await send({value})", body, finish=False) == []


def test_an_application_that_sends_on_after_it_was_given_up_harms_nobody(
    examine: Examine,
) -> None:
    source = """
        import asyncio

        async def app(scope, receive, send):
            if scope["type"] != "http":
                return
            if scope["path"] == "/good":
                start = {"type": "http.response.start", "status": 204, "headers": []}
                await send(start)
                await send({"type": "http.response.body"})
                return
            while True:
                try:
                    await send({"type": "nonsense"})
                except BaseException:
                    pass
    """

    async def body(exam: Exam) -> None:
        with pytest.raises(ProtocolError):
            await exam.get("/bad")
        assert (await exam.get("/good")).status == 204

    assert examine(source, body, finish=False) == []


@pytest.mark.parametrize(
    "event",
    [
        {"type": "websocket.send", "text": "early"},
        {"type": "http.response.start", "status": 200},
        {"type": "websocket.http.response.start", "status": 1},
    ],
)
def test_nonsense_on_a_websocket_is_told(
    examine: Examine, event: dict[str, object]
) -> None:
    source = f"""
        async def app(scope, receive, send):
            if scope["type"] == "websocket":
                await send({event!r})
    """

    async def body(exam: Exam) -> None:
        with pytest.raises(ProtocolError, match=r"^websocket /ws: ") as caught:
            await exam.websocket("/ws").accepted()
        assert not isinstance(caught.value, WebSocketClosed)

    assert examine(source, body, finish=False) == []


@pytest.mark.parametrize(
    "message", ["{}", "{'text': 'a', 'bytes': b'a'}", "{'text': b'a'}", "{'bytes': 1}"]
)
def test_a_message_that_is_none_is_told(examine: Examine, message: str) -> None:
    source = f"""
        async def app(scope, receive, send):
            if scope["type"] == "websocket":
                await send({{"type": "websocket.accept"}})
                await send({{"type": "websocket.send", **{message}}})
    """

    async def body(exam: Exam) -> None:
        socket = exam.websocket("/ws")
        with pytest.raises(ProtocolError, match="a message is"):
            await socket.receive()

    assert examine(source, body, finish=False) == []


def test_nonsense_in_the_lifespan_is_told(examine: Examine) -> None:
    source = """
        async def app(scope, receive, send):
            await send({"type": "lifespan.nonsense"})
    """

    async def body(exam: Exam) -> None:
        with pytest.raises(ProtocolError, match=r"^lifespan: .*'lifespan\.nonsense'"):
            await exam.lifespan.start()

    assert examine(source, body, lifespan=False, finish=False) == []


def test_a_start_that_fails_without_an_exception_is_told(examine: Examine) -> None:
    source = """
        async def app(scope, receive, send):
            await send({"type": "lifespan.startup.failed", "message": "no"})
    """

    async def body(exam: Exam) -> None:
        with pytest.raises(LifespanFailed) as caught:
            await exam.lifespan.start()
        assert caught.value.failure is None

    assert examine(source, body, lifespan=False, finish=False) == []
