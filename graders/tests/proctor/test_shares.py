"""A suite is shared out among submissions that are right anyway."""

from __future__ import annotations

import pytest

from graders.proctor import Check, Kata, Suite, all_katas, load_suite, share_of


@pytest.mark.parametrize("kata", all_katas(), ids=lambda kata: str(kata.slug))
def test_three_shares_hold_each_check(kata: Kata) -> None:
    suite = load_suite(kata)
    shares = [share_of(suite, number).checks for number in range(3)]
    assert {one.name for share in shares for one in share} == {
        one.name for one in suite.checks
    }
    for share in shares:
        assert len(share) <= len(suite.checks) / 3 + 2
        assert not all(one.guard for one in share)
        assert {one.needs for one in share} <= {"", *(one.name for one in share)}


def test_guards_alone_count_for_nothing_and_get_another_check() -> None:
    def made(number: int, *, guard: bool) -> Check:
        return Check(f"test_{number}", "", "errors", 1, "", None, guard=guard)

    suite = Suite([made(n, guard=n != 2) for n in range(4)], lambda exam: None)
    names = [[one.name for one in share_of(suite, n, 2).checks] for n in range(3)]
    assert names == [["test_0", "test_2"], ["test_2", "test_1", "test_3"], names[0]]
