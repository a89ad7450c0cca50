"""What a manifest must agree with: the suite, the brief, the other katas."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from graders.authoring._files import PLACEHOLDER
from graders.authoring._matrix import every_check
from graders.authoring._problems import Problem, name_of
from graders.proctor import CATEGORIES, MANIFEST, Kata, Suite

HINTS = 3

_HEADING = re.compile(r"# (?:(\d+) · )?(.+)")


def manifest_problems(
    kata: Kata, suite: Suite | None, others: Iterable[Kata]
) -> Iterator[Problem]:
    """What is wrong with a kata's manifest, its hints and its heading.

    Args:
        suite: what its points must agree with; None when it cannot be imported.
        others: every kata there is.
    """
    place = name_of(kata.folder / MANIFEST)
    for text in _hints(kata.manifest.hints):
        yield Problem(place, text)
    for other in others:
        if other.slug != kata.slug and other.manifest.order == kata.manifest.order:
            yield Problem(
                place,
                f"Its order {kata.manifest.order} is that of {other.slug} too: give it "
                "one of its own.",
            )
    if suite is not None:
        for text in _points(kata.manifest.points, suite):
            yield Problem(place, text)
        for check in suite.checks:
            if not check.hint.strip():
                yield Problem(check.name, "Its hint is empty: say what to try.")
    yield from _heading(kata)


def _hints(hints: list[str]) -> Iterator[str]:
    if len(hints) != HINTS:
        yield f"It has {len(hints)} hints: write {HINTS}, each of which leads further."
    for number, hint in enumerate(hints, 1):
        if not hint.strip():
            yield f"Hint {number} is empty."
        elif "?" not in hint and PLACEHOLDER not in hint:
            yield f"Hint {number} does not ask: turn it into a question that leads."
    words = [" ".join(hint.lower().split()) for hint in hints]
    for text, times in Counter(words).items():
        if text and times > 1:
            first = words.index(text) + 1
            yield f"Hint {first} stands there {times} times: each must lead further."


def _points(stated: dict[str, int], suite: Suite) -> Iterator[str]:
    real = Counter[str]()
    for one in every_check(suite):
        real[one.category] += one.points
    for category in CATEGORIES:
        if stated.get(category, 0) != real[category]:
            yield (
                f"[points] {category} = {stated.get(category, 0)}, but its checks are "
                f"worth {real[category]} (with the one that every kata has, if any): "
                f"write {category} = {real[category]}."
            )


def _heading(kata: Kata) -> Iterator[Problem]:
    brief = kata.folder / "README.md"
    try:
        first = brief.read_text(encoding="utf-8").split("\n", 1)[0]
    except (OSError, ValueError):
        return
    title, order = kata.manifest.title, kata.manifest.order
    found = _HEADING.fullmatch(first.rstrip())
    if found is None or found[2] != title:
        yield Problem(
            name_of(brief), f"Its heading is {first!r}: the title is {title!r}."
        )
    elif found[1] is not None and int(found[1]) != order:
        yield Problem(
            name_of(brief), f"Its heading has the number {found[1]}: it is no. {order}."
        )
