"""The blocking socket itself, as the standard library's documentation has it."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from graders.proctor import Exam
from graders.tests.exams import Examine

APP = """
    import errno, select, socket, ssl, time
    from fastapi import FastAPI

    app = FastAPI()
    REQUEST = b"GET / HTTP/1.1\\r\\nHost: up.example\\r\\nConnection: close\\r\\n\\r\\n"

    @app.get("/")
    def index():
        return examine()

    def examine():
"""


def run(examine: Examine, code: str, seconds: float = 0.0) -> Any:
    """What a function of this code returns, in a worker thread of a host."""
    source = APP + "".join(f"    {line}\n" for line in code.splitlines())
    answers: list[Any] = []

    def hello(request: Request) -> Response:
        return PlainTextResponse("hello")

    async def body(exam: Exam) -> None:
        exam.network.serve("up.example", hello).takes(seconds)
        reply = await exam.get("/")
        assert reply.status == 200, reply.failure
        answers.append(reply.json())

    assert examine(source, body) == []
    return answers[0]


def test_a_socket_reads_until_the_server_closes(examine: Examine) -> None:
    code = """
        with socket.create_connection(("up.example", 80)) as sock:
            sock.sendall(memoryview(REQUEST))
            parts = []
            while part := sock.recv(7):
                parts.append(part)
        return b"".join(parts).decode()[:15] + str(max(map(len, parts)))
    """
    assert run(examine, code) == "HTTP/1.1 200 OK7"


def test_a_file_of_a_socket_outlives_it(examine: Examine) -> None:
    code = """
        sock = socket.socket()
        sock.connect(("up.example", 80))
        file = sock.makefile("rwb")
        sock.close()
        file.write(REQUEST)
        file.flush()
        line = file.readline()
        file.close()
        return [line.decode(), sock.fileno()]
    """
    assert run(examine, code) == ["HTTP/1.1 200 OK\r\n", -1]


def test_peeking_takes_nothing_away(examine: Examine) -> None:
    code = """
        with socket.create_connection(("up.example", 80)) as sock:
            sock.send(REQUEST)
            peeked, buffer = sock.recv(8, socket.MSG_PEEK), bytearray(8)
            return [peeked.decode(), sock.recv_into(buffer), buffer.decode()]
    """
    assert run(examine, code) == ["HTTP/1.1", 8, "HTTP/1.1"]


def test_a_timeout_is_exact_and_leaves_the_socket_usable(examine: Examine) -> None:
    code = """
        with socket.create_connection(("up.example", 80), timeout=0.3) as sock:
            sock.send(REQUEST)
            began = time.monotonic()
            try:
                sock.recv(100)
            except socket.timeout as exc:
                first = [str(exc), round(time.monotonic() - began, 6)]
            sock.settimeout(None)
            start = sock.recv(8).decode()
            return [*first, start, round(time.monotonic() - began, 6)]
    """
    assert run(examine, code, 1.0) == ["timed out", 0.3, "HTTP/1.1", 1.0]


def test_the_default_timeout_holds_for_new_sockets(examine: Examine) -> None:
    code = """
        socket.setdefaulttimeout(0.25)
        with socket.create_connection(("up.example", 80)) as sock:
            sock.send(REQUEST)
            try:
                sock.recv(1)
            except TimeoutError:
                return sock.gettimeout()
    """
    assert run(examine, code, 1.0) == 0.25


def test_a_socket_that_does_not_block_says_so(examine: Examine) -> None:
    code = """
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        started = sock.connect_ex(("up.example", 80))
        time.sleep(0.1)
        sock.send(REQUEST)
        try:
            sock.recv(1)
        except BlockingIOError as exc:
            empty = exc.errno
        time.sleep(2)
        first = sock.recv(8).decode()
        sock.close()
        return [started == errno.EINPROGRESS, empty == errno.EAGAIN, first]
    """
    assert run(examine, code, 1.0) == [True, True, "HTTP/1.1"]


def test_errors_carry_the_numbers_of_the_system(examine: Examine) -> None:
    code = """
        def number(call, *args):
            try:
                call(*args)
            except OSError as exc:
                return [type(exc).__name__, exc.errno]

        sock = socket.socket()
        found = [number(sock.send, b"x"), number(sock.getpeername)]
        found.append(number(sock.connect, ("127.0.0.1", 9)))
        found.append(number(socket.create_connection, ("no.example", 80)))
        sock.close()
        found.append(number(sock.recv, 1))
        return found
    """
    assert run(examine, code) == [
        ["OSError", 107],
        ["OSError", 107],
        ["ConnectionRefusedError", 111],
        ["gaierror", -2],
        ["OSError", 9],
    ]


def test_a_socket_is_quiet_until_the_server_hangs_up(examine: Examine) -> None:
    code = """
        with socket.create_connection(("up.example", 80)) as sock:
            quiet = select.select([sock], [], [], 0)[0]
            sock.send(REQUEST)
            while sock.recv(100):
                pass
            return [quiet, select.select([sock], [], [], 0)[0] == [sock]]
    """
    assert run(examine, code) == [[], True]


def test_names_resolve_to_addresses_that_lead_back_to_them(examine: Examine) -> None:
    code = """
        address = socket.gethostbyname("UP.example.")
        ((family, kind, _, _, peer),) = socket.getaddrinfo("up.example", "https")
        with socket.create_connection((address, 80)) as sock:
            return [address, family, kind, peer, sock.getpeername()]
    """
    assert run(examine, code) == [
        "198.18.0.1",
        2,
        1,
        ["198.18.0.1", 443],
        ["198.18.0.1", 80],
    ]


def test_a_wrapped_socket_has_the_face_of_tls(examine: Examine) -> None:
    code = """
        context = ssl.create_default_context()
        sock = socket.create_connection(("up.example", 443))
        with context.wrap_socket(sock, server_hostname="up.example") as tls:
            names = tls.getpeercert()["subjectAltName"]
            tls.sendall(REQUEST)
            return [tls.version(), names, tls.recv(8).decode()]
    """
    assert run(examine, code) == ["TLSv1.3", [["DNS", "up.example"]], "HTTP/1.1"]


def test_a_socket_that_is_thrown_away_is_closed(examine: Examine) -> None:
    code = """
        return repr(socket.create_connection(("up.example", 80)))[:1]
    """
    assert run(examine, code) == "<"


def test_local_sockets_are_real(examine: Examine) -> None:
    code = """
        left, right = socket.socketpair()
        with left, right:
            left.send(b"real")
            assert isinstance(left, socket.socket)
            return right.recv(10).decode()
    """
    assert run(examine, code) == "real"


@pytest.mark.parametrize("how", ["SHUT_RDWR", "SHUT_RD"])
def test_after_a_shutdown_nothing_more_is_read(examine: Examine, how: str) -> None:
    code = f"""
        with socket.create_connection(("up.example", 80)) as sock:
            sock.shutdown(socket.{how})
            return sock.recv(1).decode()
    """
    assert run(examine, code) == ""
