"""What services are called with: TypeErrors in the submission, or plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from graders.proctor import Exam
from graders.tests.exams import Examine

_GIVEN = """
    from dataclasses import dataclass


    @dataclass
    class Order:
        sku: str
        count: int


    async def ask(
        number: int, /, word: str = "x", *, share: float | None = None
    ) -> int:
        return 1


    def tell(order: Order, counts: list[int], anything=None) -> int:
        return 1
"""

_APP = """
    import asyncio
    import datetime
    import enum
    import uuid
    from decimal import Decimal
    from fastapi import FastAPI
    from given import Order, ask, tell
    from pydantic import BaseModel

    class Word(str):
        pass

    class Colour(enum.StrEnum):
        RED = "red"

    class Level(enum.IntEnum):
        HIGH = 3

    class Wish(BaseModel):
        sku: str
        count: int

    endless = []
    endless.append(endless)
    deep = []
    for _ in range(200):
        deep = [deep]

    app = FastAPI()

    @app.get("/ask")
    async def _ask():
        try:
            return await ask({arguments})
        except Exception as exc:
            return f"{{type(exc).__name__}}: {{exc}}"

    @app.get("/tell")
    def _tell():
        try:
            return tell({arguments})
        except Exception as exc:
            return f"{{type(exc).__name__}}: {{exc}}"
"""

_SERVICES = {"ask": "async", "tell": "blocking"}


@pytest.fixture
def call(examine: Examine) -> Callable[[str, str], tuple[Any, list[dict[str, Any]]]]:
    """Call a service with arguments: what came back, and what arrived."""

    def call(name: str, arguments: str) -> tuple[Any, list[dict[str, Any]]]:
        seen: list[Any] = []

        async def body(exam: Exam) -> None:
            service = getattr(exam.services, name).answers(7)
            seen.append((await exam.get(f"/{name}")).json())
            seen.append([call.arguments for call in service.calls])
            assert exam.surprises == []

        app = _APP.format(arguments=arguments)
        examine(app, body, given=_GIVEN, services=_SERVICES)
        back, arrived = seen
        return back, arrived

    return call


Call = Callable[[str, str], tuple[Any, list[dict[str, Any]]]]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("", "ask(): missing a required argument: 'number'"),
        ("1, 'a', 2", "ask(): too many positional arguments"),
        ("1, wort='a'", "ask(): got an unexpected keyword argument 'wort'"),
        ("[1]", "ask() takes number as int, not as list"),
        ("None", "ask() takes number as int, not as None"),
        ("2.5", "ask() takes number as int, not as float"),
        ("float('nan')", "ask() takes number as int, not as float"),
        ("'1'", "ask() takes number as int, not as str"),
        ("asyncio.sleep", "ask() takes plain values, but number is a function: it is "),
        ("1, b'a'", "ask() takes word as str, not as bytes"),
        ("1, 5", "ask() takes word as str, not as int"),
        ("1, share='much'", "ask() takes share as float | None, not as str"),
        ("2**64", "ask() takes plain values, but number is a int: an int has more"),
        ("1, '\\ud800'", "ask() takes plain values, but word is a str: its text is no"),
        ("endless", "ask() takes plain values, but number is a list: it is nested too"),
        ("deep", "ask() takes plain values, but number is a list: it is nested too"),
        (
            "1, 'x' * 2_000_000",
            "ask() takes plain values, but word is a str: it is lar",
        ),
    ],
)
def test_what_does_not_fit_the_signature_is_a_type_error(
    call: Call, arguments: str, text: str
) -> None:
    back, arrived = call("ask", arguments)
    assert back.startswith(f"TypeError: {text}")
    assert arrived == []


@pytest.mark.parametrize(
    ("arguments", "number", "word", "share"),
    [
        ("1", 1, "x", None),
        ("True", 1, "x", None),
        ("2.0", 2, "x", None),
        ("Decimal('3')", 3, "x", None),
        ("Level.HIGH, Colour.RED", 3, "red", None),
        ("1, Word('w')", 1, "w", None),
        ("1, uuid.UUID(int=7)", 1, "00000000-0000-0000-0000-000000000007", None),
        ("1, datetime.date(2025, 3, 14)", 1, "2025-03-14", None),
        ("1, share=1", 1, "x", 1),
        ("1, share=Decimal('0.5')", 1, "x", 0.5),
        ("-2**63, share=float('inf')", -(2**63), "x", float("inf")),
    ],
)
def test_what_python_would_take_as_well_arrives(
    call: Call, arguments: str, number: int, word: str, share: float | None
) -> None:
    back, (arrived,) = call("ask", arguments)
    assert back == 7
    assert arrived == {"number": number, "word": word, "share": share}


@pytest.mark.parametrize(
    "order", ["Order('a', 2)", "{'sku': 'a', 'count': 2}", "Wish(sku='a', count=2)"]
)
def test_objects_arrive_as_their_fields(call: Call, order: str) -> None:
    back, (arrived,) = call("tell", f"{order}, (1, True), {{1.5: {{'s'}}}}")
    assert back == 7
    assert arrived["order"] == {"sku": "a", "count": 2}
    assert arrived["counts"] == [1, True]
    assert arrived["anything"] == {1.5: ["s"]}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("{'sku': 'a'}, [1]", "tell() takes order as given.Order, not as dict"),
        ("Order('a', 1), 5", "tell() takes counts as list[int], not as int"),
        ("Order('a', 1), [None]", "tell() takes counts as list[int], not as list"),
    ],
)
def test_a_blocking_service_looks_at_its_arguments_as_well(
    call: Call, arguments: str, text: str
) -> None:
    assert call("tell", arguments) == (f"TypeError: {text}", [])


def test_the_error_is_that_of_the_line_which_calls(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get("/ask")
        assert reply.failure is not None
        assert reply.failure.error == "TypeError"
        assert reply.failure.site is not None
        assert exam.line_of(reply.failure.site) == "return await ask([1])"

    app = """
        from fastapi import FastAPI
        from given import ask
        app = FastAPI()

        @app.get("/ask")
        async def page():
            return await ask([1])
    """
    examine(app, body, given=_GIVEN, services=_SERVICES)
