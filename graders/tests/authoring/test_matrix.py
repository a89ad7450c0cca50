from __future__ import annotations

import pytest

from graders.authoring._matrix import caught
from graders.proctor import FAILED, PASSED, Exam, Result, Suite, Verdict, check


@check("errors", points=1, hint="-", guard=True)
async def test_all_is_well(exam: Exam) -> None:
    """All is well."""


@check("errors", points=1, hint="-", needs="test_all_is_well")
async def test_more_is_well(exam: Exam) -> None:
    """More is well."""


SUITE = Suite([test_all_is_well, test_more_is_well], lambda exam: None)


@pytest.mark.parametrize(
    ("first", "withheld", "names"),
    [
        (PASSED, False, ["test_more_is_well"]),
        (FAILED, False, ["test_all_is_well"]),
        # It passes, and counts for nothing as long as no other check passes.
        (FAILED, True, ["test_more_is_well"]),
    ],
)
def test_what_fails_with_what_it_needs_has_caught_nothing(
    first: str, withheld: bool, names: list[str]
) -> None:
    results = [
        Result(one.name, one.title, one.category, 1, outcome, withheld=held)
        for one, outcome, held in (
            (test_all_is_well, first, withheld),
            (test_more_is_well, FAILED, False),
        )
    ]
    verdict = Verdict("made_up", FAILED, "1", results)

    assert [one.name for one in caught(SUITE, verdict)] == names
