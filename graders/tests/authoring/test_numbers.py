from __future__ import annotations

from textwrap import dedent

import pytest

from graders.authoring._numbers import stated, unstated


def _found(suite: str, brief: str = "") -> list[float]:
    return [one.number for one in unstated({"checks.py": dedent(suite)}, brief)]


@pytest.mark.parametrize(
    "suite",
    [
        "exam.expect_status(await exam.get('/7'), 404)",
        "_expect_page(exam, 404 if late else 200)",
        "GONE = 404\nexam.expect_status(reply, GONE)",
        "FIRST, GONE = 1, 404\nassert reply.status == GONE",
        "for status in (404, 200):\n    exam.expect_status(reply, status)",
        "exam.expect(reply.status in (200, 404), 'found', 'lost')",
    ],
)
def test_an_expected_number_must_be_stated(suite: str) -> None:
    assert _found(suite, "It answers 200.") == [404.0]
    assert _found(suite, "It answers 200 or 4xx.") == []


def test_what_a_service_is_told_to_take_need_not_be_stated() -> None:
    suite = """
        def test_it_is_in_time(exam):
            seconds = {"a": 1.5, "b": 3}
            exam.services.scan.takes(lambda aisle: seconds[aisle])
            exam.services.move.takes(0.25)
            page = Page(exam, takes=9.5)
            exam.expect_took(reply, 3)
            exam.expect_took(page, 9.5)
            exam.expect_took(reply, 1.75)
            exam.expect_took(late, 2.5)
    """
    assert _found(suite) == [2.5]


def test_a_number_of_another_module_must_be_stated_as_well() -> None:
    parts = {
        "world.py": "LINKS = 3\ndef world(exam):\n    exam.services.scan.takes(5)",
        "places.py": "exam.expect_peak(LINKS, calls)\nexam.expect_took(reply, 5)",
    }
    (found,) = unstated(parts, "")
    assert (found.number, found.part, found.line) == (3.0, "places.py", 1)
    assert list(unstated(parts, "Three links.")) == []


def test_zero_and_one_are_said_in_words() -> None:
    assert _found("exam.expect_took(reply, 0.0)\nexam.expect_peak(1, calls)") == []


def test_a_line_can_be_silenced_with_a_reason() -> None:
    text = "exam.expect_peak(7, calls)  # not stated:"
    (bare,) = unstated({"checks.py": text}, "")
    assert bare.reason == ""
    assert _found("exam.expect_peak(7, calls)  # not stated: drawn by `aisles`") == []


@pytest.mark.parametrize(
    ("brief", "number"),
    [
        ("Sixty visitors", 60.0),
        ("within 250 ms", 0.25),
        ("after 2 minutes", 120.0),
        ("2,000 rows", 2000.0),
        ("takes exactly 4 s.", 4.0),
        ("| 404 |", 404.0),
        ("`{TIMEOUT}=1.25`", 1.25),
    ],
)
def test_a_brief_may_write_a_number_as_people_do(brief: str, number: float) -> None:
    assert number in stated(brief)


def test_an_address_states_no_number() -> None:
    assert stated("[docs](https://docs.sqlalchemy.org/en/21/) of v404") == set()
