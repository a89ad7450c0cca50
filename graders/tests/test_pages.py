"""The pages for those who carry on name what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import graders

ROOT = Path(graders.__file__).parent
PAGES = ("ARCHITECTURE.md", "CONTRIBUTING.md", "README.md")


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:wire|host|proctor|tests)/[\w/]*\w(?:\.py)?)/?`", text)
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing


def test_every_wing_has_its_room_in_the_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    wings = [
        path.name
        for door in ("host", "proctor")
        for path in (ROOT / door).iterdir()
        if (path / "__init__.py").exists()
    ]
    assert len(wings) > 10
    assert not [name for name in wings if f"`{name}/`" not in text]
