"""The rates API: what it quotes, and the ways in which it fails."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from graders.proctor import BreaksOff, Exam, Upstream

_HOST = "127.0.0.1"
CURRENCIES = ("AUD", "CAD", "CHF", "DKK", "EUR", "GBP", "JPY", "NOK", "SEK", "USD")
# So many requests arrive at once.
CROWD = 50
PATIENCE = 3.0
# Every error that the brief has told as a 502.
ERRORS = (400, 401, 403, 408, 410, 422, 429, 500, 501, 502, 503, 504)
_HALF = b'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"base": "'
# How a connection ends before the answer does.
BREAKS = {
    "cuts the connection off": BreaksOff(reset=True),
    "hangs up without an answer": BreaksOff(),
    "hangs up in the middle of its answer": BreaksOff(_HALF),
    "cuts the connection off in the middle of its answer": BreaksOff(_HALF, reset=True),
}

# What the rates API answers, by base.
Quotes = dict[str, Any]


def world(exam: Exam) -> None:
    exam.network.serve(_HOST, lambda request: Response(status_code=404))


def rates_api(exam: Exam) -> Upstream:
    return exam.network.upstreams[_HOST]


def publish(exam: Exam) -> Quotes:
    """Let the rates API quote some currencies."""
    quotes: Quotes = {}
    for base in exam.random.sample(CURRENCIES, 6):
        others = exam.random.sample([one for one in CURRENCIES if one != base], 3)
        rates = {one: round(exam.random.uniform(0.5, 9.5), 4) for one in others}
        quotes[base] = {"base": base, "rates": rates}

    def latest(request: Request) -> Response:
        directory, _, base = request.url.path.rpartition("/")
        if directory != "/latest" or base not in quotes:
            return error(404)
        return JSONResponse(quotes[base])

    rates_api(exam).answers(latest)
    return quotes


def error(status: int) -> Response:
    if status == 404:
        return JSONResponse({"error": "no such currency"}, status)
    # Not every error is JSON; and whatever it advises, each request asks once.
    return HTMLResponse("<h1>Not today</h1>", status, {"retry-after": "1"})


def fail_with(exam: Exam, status: int) -> None:
    """Let the rates API answer everything with this error."""
    rates_api(exam).answers(lambda request: error(status))


def break_off(exam: Exam, how: BreaksOff) -> None:
    """Let the rates API break off each request."""
    rates_api(exam).answers(lambda request: how)


def some_base(exam: Exam, quotes: Quotes) -> str:
    """A currency that the API quotes."""
    return exam.random.choice(sorted(quotes))
