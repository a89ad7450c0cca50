"""Writes the first version of a kata, in which everything is still to do."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template

from graders.authoring._problems import name_of
from graders.authoring._verify import suite_folder
from graders.proctor import KataError, load_kata

_SLUG = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 40
_TEMPLATES = Path(__file__).parent / "templates"


class ScaffoldError(Exception):
    """A kata that cannot be started; the text names the value and the remedy."""


def scaffold(slug: str, katas: Path) -> list[str]:
    """Write a new kata.

    Args:
        slug: its name.
        katas: the folder of all katas.

    Returns:
        The names of the files.

    Raises:
        ScaffoldError: the name cannot be used, or is taken.
    """
    _check(slug)
    reference, suite = katas.parent / "reference" / slug, suite_folder(slug)
    files = {
        "brief.md.txt": katas / slug / "README.md",
        "manifest.toml.txt": katas / slug / "kata.toml",
        "given.py.txt": katas / slug / "given.py",
        "stub.py.txt": katas / slug / "app.py",
        "example.py.txt": katas / slug / "test_example.py",
        "suite.py.txt": suite / "__init__.py",
        "world.py.txt": suite / "world.py",
        "checks.py.txt": suite / "checks.py",
        "solution.py.txt": reference / "solution.py",
    }
    for path in (katas / slug, suite, reference):
        if path.exists():
            raise ScaffoldError(
                f"{name_of(path)} exists already: choose another name, or remove it."
            )
    values = {
        "slug": slug,
        "title": slug.replace("_", " ").capitalize(),
        "order": str(_next_order(katas)),
    }
    for template, path in files.items():
        text = (_TEMPLATES / template).read_text(encoding="utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(text).substitute(values), encoding="utf-8")
    return [name_of(path) for path in files.values()]


def _check(slug: str) -> None:
    if not _SLUG.fullmatch(slug) or len(slug) > _LONGEST:
        raise ScaffoldError(
            f"{slug!r} is no name for a kata: use at most {_LONGEST} lower case "
            "letters and digits, with single underscores between words, as in "
            "gather_the_dashboard."
        )
    if keyword.iskeyword(slug):
        raise ScaffoldError(
            f"{slug!r} is a word of Python, and no module can have it as its name: "
            "choose another name."
        )


def _next_order(katas: Path) -> int:
    """The place behind all others."""
    orders = [0]
    for folder in katas.glob("*/kata.toml"):
        try:
            orders.append(load_kata(folder.parent).manifest.order)
        except KataError:
            continue
    return max(orders) + 1
