"""Contrast where axe-core cannot judge it: single signs, and text in pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graders.reports import html

_STYLE = Path(html.__file__).parent / "templates" / "report.css"
_THEMES = dict(
    zip(
        ("light", "dark", "print"),
        re.findall(r":root \{(.*?)\}", _STYLE.read_text(encoding="utf-8"), re.DOTALL),
        strict=True,
    )
)
_TEXTS = [
    # What the style sheet puts on what: cells, chips, flags, and blocked stretches.
    *((text, ground) for text in ("ink", "dim") for ground in ("paper", "card")),
    *(
        (text, ground)
        for text in ("good", "bad", "odd")
        for ground in ("paper", "card")
    ),
    *(("good", "good-soft"), ("bad", "bad-soft"), ("odd", "odd-soft")),
    *(("ink", "bad-soft"), ("dim", "bad-soft"), ("ink", "odd-soft")),
    ("white", "bad-full"),
]
_SHAPES = [
    # Bars and calls on cards, tracks and blocked stretches; cells; the focus ring.
    *((shape, ground) for shape in ("good", "bad") for ground in ("card", "line")),
    *(("good", "paper"), ("bad", "paper"), ("good", "bad-soft"), ("bad", "bad-soft")),
    *(("bad-full", "card"), ("focus", "paper"), ("focus", "card"), ("dim", "card")),
]


def _colours(theme: str) -> dict[str, str]:
    return {
        "white": "#ffffff",
        **dict(re.findall(r"--([\w-]+): (#\w+);", _THEMES[theme])),
    }


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    """As WCAG defines it: from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_the_highest_contrast() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", _THEMES)
@pytest.mark.parametrize(
    ("pairs", "least"), [(_TEXTS, 4.5), (_SHAPES, 3.0)], ids=["texts", "shapes"]
)
def test_every_theme_can_be_read(
    theme: str, pairs: list[tuple[str, str]], least: float
) -> None:
    colours = {"focus": "#0b57d0", **_colours(theme)}
    found = {
        f"{one} on {other}": round(_contrast(colours[one], colours[other]), 2)
        for one, other in pairs
    }
    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}
