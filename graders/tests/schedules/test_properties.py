"""A property under drawn plans: what tells a submission from the solution, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from graders.proctor import (
    FREEDOMS,
    Ask,
    Check,
    Exam,
    Finding,
    Launcher,
    Observation,
    Result,
    every_schedule,
)
from graders.tests.schedules.shop import grading, shop

GIVEN = """
    async def price_of(item: str) -> int: ...
    async def note(text: str) -> None: ...
"""

SOLUTION = """
    import asyncio
    from fastapi import FastAPI, HTTPException
    from given import note, price_of

    app = FastAPI()

    @app.get("/orders/{name}/{item}")
    async def order(name: str, item: str):
        price = await price_of(item)
        if price < 10:
            raise HTTPException(409)
        await note(name)
        return {"name": name, "price": price}
"""

ITEMS = ("lamp", "chair", "stove", "shelf", "clock")


@dataclass(frozen=True)
class Order:
    at: float
    name: str
    item: str
    price: int
    takes: float


def orders(draw: Random) -> tuple[Order, ...]:
    items = draw.sample(ITEMS, draw.randint(1, 3))
    return tuple(
        Order(
            draw.randrange(2_000) / 1_000,
            f"guest-{draw.randrange(1_000)}",
            item,
            draw.randrange(5, 90),
            draw.randrange(1, 1_500) / 1_000,
        )
        for item in items
    )


async def _carry_out(exam: Exam, plan: tuple[Order, ...]) -> Observation:
    prices = {order.item: order for order in plan}
    exam.services.price_of.takes(lambda item: prices[item].takes)
    exam.services.price_of.answers(lambda item: prices[item].price)
    return await exam.carry_out(
        [Ask("GET", f"/orders/{one.name}/{one.item}", one.at) for one in plan]
    )


@every_schedule("concurrency", points=1, hint="What is shared?", plans=orders)
async def own_orders(exam: Exam, plan: tuple[Order, ...]) -> Observation:
    """Every order is its own"""
    return await _carry_out(exam, plan)


@every_schedule(
    "concurrency",
    points=1,
    hint="What is shared?",
    plans=orders,
    free=("calls", "durations", "ways of errors"),
)
async def free_orders(exam: Exam, plan: tuple[Order, ...]) -> Observation:
    """Every order is answered"""
    return await _carry_out(exam, plan)


Grade = Callable[..., Result]


@pytest.fixture
def grade(hosts: Launcher, tmp_path: Path) -> Grade:
    kata = shop(tmp_path, GIVEN, SOLUTION, "price_of", "note")

    def grade(source: str, check: Check = own_orders, seed: str = "1") -> Result:
        return grading(kata, source, check, hosts, seed).result(check)

    return grade


def _finding(result: Result) -> Finding:
    assert result.outcome == "failed", result
    (finding,) = result.findings
    return finding


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_the_solution_has_its_point_whatever_is_drawn(grade: Grade, seed: str) -> None:
    assert grade(SOLUTION, seed=seed).outcome == "passed"


def test_the_same_seed_gives_the_same_finding(grade: Grade) -> None:
    wrong = SOLUTION.replace("price < 10", "price <= 20")
    assert grade(wrong) == grade(wrong)


def test_a_name_that_all_requests_share_is_told_as_such_with_its_line(
    grade: Grade,
) -> None:
    shared = SOLUTION.replace(
        "        price = await",
        "        global who\n        who = name\n        price = await",
    ).replace('"name": name', '"name": who')

    finding = _finding(grade(shared))

    assert "of 2" in finding.expected
    assert "`name` is its own" in finding.expected
    assert finding.saw.startswith("what belongs to request")
    assert finding.line == "who = name"
    # Two requests, and a call of each service for each.
    assert len(finding.timeline) == 6


def test_a_call_with_what_another_request_has_sent_is_told_as_such(
    grade: Grade,
) -> None:
    shared = SOLUTION.replace(
        "        price = await",
        "        app.state.who = name\n        price = await",
    ).replace("await note(name)", "await note(app.state.who)")

    finding = _finding(grade(shared))

    assert finding.saw == "it was called with what another request has sent"
    assert finding.line == "app.state.who = name"


def test_a_plan_is_reduced_to_what_the_mistake_needs(grade: Grade) -> None:
    finding = _finding(grade(SOLUTION.replace("price < 10", "price < 0")))

    assert finding.expected.startswith("the request (GET /orders/")
    assert finding.expected.endswith("answers 409")
    assert [bar.began for bar in finding.timeline] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("old", "new", "expected", "saw"),
    [
        ("await note(name)", "pass", "calls note", "a call that is missing"),
        (
            "await note(name)",
            "await note(name); await note(name)",
            "calls note once with these arguments",
            "twice",
        ),
        (
            "await note(name)",
            "await note(name); await asyncio.sleep(0.5)",
            "takes",
            "s",
        ),
        ("await price_of(item)", "await price_of(item) + 1", "`price`", ""),
        (
            "await note(name)",
            "await note(name.upper())",
            "makes the calls that it needs",
            "note, too",
        ),
    ],
)
def test_what_differs_is_named(
    grade: Grade, old: str, new: str, expected: str, saw: str
) -> None:
    finding = _finding(grade(SOLUTION.replace(old, new)))

    assert expected in finding.expected
    assert finding.saw.endswith(saw)
    assert finding.site is not None


@pytest.mark.parametrize(
    "new",
    ["pass", "await note(name); await note(name)", "await asyncio.sleep(0.5)"],
)
def test_what_is_free_makes_no_difference(grade: Grade, new: str) -> None:
    other = SOLUTION.replace("await note(name)", new)

    assert grade(other, free_orders).outcome == "passed"
    assert grade(other, own_orders).outcome == "failed"


def test_a_call_from_a_pool_that_knows_no_request_is_compared_by_what_it_asks(
    grade: Grade,
) -> None:
    def in_a_thread(text: str) -> str:
        return SOLUTION.replace(
            "await note(name)",
            "await asyncio.get_running_loop().run_in_executor("
            f"None, lambda: asyncio.run(note({text})))",
        )

    assert grade(in_a_thread("name")).outcome == "passed"
    assert grade(in_a_thread("item")).outcome == "failed"


def test_a_plan_on_which_somebody_waits_for_ever_is_a_deadlock(grade: Grade) -> None:
    finding = _finding(
        grade(
            SOLUTION.replace("raise HTTPException(409)", "await asyncio.Event().wait()")
        )
    )

    assert "a deadlock" in finding.saw


def test_an_unknown_freedom_is_refused() -> None:
    with pytest.raises(ValueError, match="moods cannot be free: use of answers"):
        every_schedule("errors", points=1, hint="", plans=orders, free=("moods",))


LISTENING = """
    from fastapi import FastAPI, Request

    app = FastAPI()

    @app.put("/letters")
    async def letter(request: Request):
        return {"text": (await request.body()).decode()}
"""


@every_schedule(
    "resources", points=1, hint="Who sends?", plans=lambda draw: (), free=FREEDOMS
)
async def slow_letters(exam: Exam, plan: tuple[()]) -> Observation:
    """A letter comes in pieces, and one of them never whole"""
    pieces = (0.5, b"dear "), (2.0, b"reader")
    seen = await exam.carry_out(
        [
            Ask("PUT", "/letters", 0.25, pieces=pieces),
            Ask("PUT", "/letters", 0.5, pieces=pieces, leaves=1.0),
            Ask("PUT", "/letters", 0.75, pieces=pieces, cancelled=1.0),
        ]
    )
    whole, *broken = seen.answers
    assert (whole.content, whole.took) == ({"text": "dear reader"}, 2.0)
    assert [one.status for one in broken] == [0, 0]
    return seen


def test_a_body_comes_in_its_pieces_and_breaks_off_with_its_client(
    grade: Grade,
) -> None:
    result = grade(LISTENING, slow_letters)

    assert result.outcome == "passed", result
