"""What is right is right with any seed: a share of what `kata verify --seed` shows."""

from __future__ import annotations

import pytest

from graders.proctor import (
    Grading,
    Kata,
    Launcher,
    Options,
    all_katas,
    read_submission,
)

SEEDS = ("2", "9", "2026")


@pytest.mark.parametrize("kata", all_katas(), ids=lambda kata: kata.slug)
def test_the_solution_is_right_with_other_seeds(kata: Kata, hosts: Launcher) -> None:
    source = read_submission(kata.solution, kata.manifest.file)
    seeds = SEEDS[:1] if kata.turns_the_tables else SEEDS
    for seed in seeds:
        options = Options(seed=seed, controls=0)
        verdict = Grading(kata, source, hosts, options).verdict()
        assert (seed, verdict.status) == (seed, "passed")
