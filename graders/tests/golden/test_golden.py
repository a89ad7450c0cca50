"""Some of the golden files; `tox -e words` looks at all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.devtools.golden import GOLDEN, golden_files, golden_text
from graders.devtools.lines import elsewhere, places
from graders.proctor import Exhibit, Launcher, all_katas

_EXHIBITS = golden_files(all_katas())
# Spread over all katas; to grade every one in full takes as long as all other tests.
_SOME = [
    (path, exhibit)
    for path, exhibit in list(_EXHIBITS.items())[::80]
    # What is left to chance is not told twice in the same words.
    if not exhibit.by_chance
]
_REMEDY = "run `python -m graders.devtools.golden` and look at what changed"


@pytest.mark.parametrize(
    ("path", "exhibit"),
    [
        pytest.param(path, exhibit, id=f"{path.parent.name}/{path.stem}")
        for path, exhibit in _SOME
    ],
)
def test_a_learner_is_told_the_same_as_before(
    path: Path, exhibit: Exhibit, hosts: Launcher
) -> None:
    assert golden_text(exhibit, hosts) == path.read_text(encoding="utf-8"), _REMEDY


def test_each_rejected_submission_has_its_golden_file() -> None:
    assert set(GOLDEN.glob("*/*.txt")) == set(_EXHIBITS), _REMEDY


def test_nine_in_ten_show_the_line_of_the_mistake_first() -> None:
    known = places()
    assert set(known) == set(_EXHIBITS), "each has its entry in a mistakes.toml"
    assert len(elsewhere()) <= len(known) / 10


def test_a_place_is_a_line_of_the_submission() -> None:
    for path, place in places().items():
        last = len(_EXHIBITS[path].source.splitlines())
        assert place.lines, path
        assert all(0 < line <= last for line in place.lines), path
