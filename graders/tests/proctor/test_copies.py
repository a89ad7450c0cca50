"""The broken copies of a service differ from it in what is broken, and nowhere else."""

from __future__ import annotations

import difflib

import pytest

from graders.proctor import Kata, all_katas, load_suite

# The first line says what is broken; the rest of a copy's difference is one mistake.
_MOST = 16
_DIFFERENT = "written_differently"

COPIES = [
    (kata, check.copy)
    for kata in all_katas()
    if kata.turns_the_tables
    for check in load_suite(kata).checks
    if check.copy not in ("", _DIFFERENT)
]


@pytest.mark.parametrize(
    ("kata", "copy"), COPIES, ids=[f"{kata.slug}-{copy}" for kata, copy in COPIES]
)
def test_a_broken_copy_is_the_service_with_one_mistake(kata: Kata, copy: str) -> None:
    service = kata.service().read_text().splitlines()
    broken = kata.service(copy).read_text().splitlines()
    changed = [
        line for line in difflib.ndiff(service, broken) if line.startswith(("+", "-"))
    ]
    assert 2 < len(changed) <= _MOST


def test_every_copy_is_used_by_a_check() -> None:
    for kata in all_katas():
        if kata.turns_the_tables:
            used = {check.copy for check in load_suite(kata).checks} - {""}
            there = {path.stem for path in kata.service(_DIFFERENT).parent.glob("*.py")}
            assert used == there
