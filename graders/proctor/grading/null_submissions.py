"""Null submissions: they do nothing of what a kata asks for, and must earn nothing.

A suite that gives one of them a point grades something that takes no work.
"""

from __future__ import annotations

from dataclasses import dataclass

from graders.proctor.katas.kata import Kata

_IMPORTS_ONLY = "from fastapi import FastAPI\n"
_EMPTY = "from fastapi import FastAPI\n\napp = FastAPI()\n"

# One answer to whatever is asked; what else an application does, as to make its tables
# when it starts, it goes on doing.
_CONSTANT = """

import asyncio as _asyncio

from fastapi import Response as _Response
from fastapi.responses import JSONResponse as _JSONResponse


@app.middleware("http")
async def anything(request, call_next):
    {}
"""

_CONSTANTS = {
    "200_object": "return _JSONResponse({})",
    "200_list": "return _JSONResponse([])",
    "200_null": "return _JSONResponse(None)",
    "200_ok": 'return _JSONResponse({"status": "ok"})',
    "204": "return _Response(status_code=204)",
    **{
        str(status): f"return _JSONResponse({{}}, {status})"
        for status in (201, 202, 400, 404, 409, 422, 500, 501, 502, 503, 504)
    },
    "error": 'raise RuntimeError("not written")',
    "200_after_a_second": "await _asyncio.sleep(1)\n    return _JSONResponse({})",
    "silence": "await _asyncio.Event().wait()",
}

_TESTS = {
    "imports_only": "import app\n",
    "a_test_that_passes": "def test_nothing():\n    pass\n",
    "a_test_that_asserts_true": "def test_nothing():\n    assert True\n",
    "a_test_that_is_skipped": """\
import pytest


@pytest.mark.skip(reason="not written")
def test_nothing():
    assert False
""",
    "a_test_that_makes_the_service": """\
from app import create_app


def test_nothing():
    assert create_app()
""",
    "a_test_that_fails": "def test_nothing():\n    assert False\n",
    "an_error": 'raise RuntimeError("not written")\n',
}

# Those that a proof by pytest is content with; `kata verify` grades all of them.
_FIRST = ("imports_only", "empty", "always_200_object", "always_500")


@dataclass(frozen=True)
class Null:
    """A null submission.

    Attributes:
        name: a few words, joined by underscores.
        source: its text.
        first: whether it is one of the few that are always tried.
    """

    name: str
    source: str
    first: bool = False


def nulls(kata: Kata) -> list[Null]:
    """The null submissions of a kata, besides its stub.

    Raises:
        OSError: the stub cannot be read.
    """
    if kata.turns_the_tables:
        return [Null(name, text, first=True) for name, text in _TESTS.items()]
    stub = kata.stub.read_text(encoding="utf-8")
    texts = {"imports_only": _IMPORTS_ONLY, "empty": _EMPTY}
    for name, body in _CONSTANTS.items():
        texts[f"always_{name}"] = stub + _CONSTANT.format(body)
    for name in ("200_object", "500"):
        body = _CONSTANTS[name]
        texts[f"empty_always_{name}"] = _EMPTY + _CONSTANT.format(body)
    return [Null(name, text, name in _FIRST) for name, text in texts.items()]
