from __future__ import annotations

from pathlib import Path

import pytest

from graders.devtools.golden import GOLDEN, golden_files, golden_text, kept_katas
from graders.proctor import Exhibit, Launcher

_EXHIBITS = {
    path: exhibit
    for kata in kept_katas()
    for path, exhibit in golden_files(kata).items()
}
_REMEDY = "run `python -m graders.devtools.golden` and look at what changed"


@pytest.mark.parametrize(
    ("path", "exhibit"),
    [
        pytest.param(path, exhibit, id=f"{path.parent.name}/{path.stem}")
        for path, exhibit in _EXHIBITS.items()
    ],
)
def test_a_learner_is_told_the_same_as_before(
    path: Path, exhibit: Exhibit, hosts: Launcher
) -> None:
    assert path.is_file(), f"{path.name} is missing: {_REMEDY}"
    assert golden_text(exhibit, hosts) == path.read_text(encoding="utf-8"), _REMEDY


def test_no_golden_file_is_left_over() -> None:
    assert set(GOLDEN.glob("*/*.txt")) == set(_EXHIBITS), _REMEDY
