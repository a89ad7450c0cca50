"""What a learner sees of the katas: all of them in their order, and their hints."""

from __future__ import annotations

from collections.abc import Sequence

from graders.practice._progress import Progress, Record
from graders.proctor import Kata
from graders.reports import WIDTH, Line, cut, escape, wrap

_DONE, _BEGUN = "✓", "·"


def next_kata(katas: Sequence[Kata], progress: Progress, after: str = "") -> Kata:
    """The kata to do next: the first one after another that is not done yet.

    Args:
        katas: in their order; at least one.
        after: a kata's name; from the beginning when left out.
    """
    slugs = [kata.slug for kata in katas]
    start = slugs.index(after) + 1 if after in slugs else 0
    turned = [*katas[start:], *katas[:start]]
    for kata in turned:
        if kata.slug != after and not progress.of(kata.slug).passed:
            return kata
    return turned[0]


def list_lines(
    katas: Sequence[Kata], progress: Progress, width: int = WIDTH, current: str = ""
) -> list[Line]:
    """Every kata with its best score, under the headings of the levels.

    Args:
        katas: in their order.
        width: columns there are.
        current: the kata to mark.
    """
    names = max((len(kata.slug) for kata in katas), default=0)
    lines: list[Line] = []
    level = None
    for kata in katas:
        if kata.manifest.level != level:
            level = kata.manifest.level
            lines += [[]] if lines else []
            lines.append([(escape(level), "strong")])
        lines.append(_row(kata, progress.of(kata.slug), names, width, current))
    done = sum(progress.of(kata.slug).passed for kata in katas)
    lines += [[], [(f"{done} of {len(katas)} done", "strong")]]
    if done < len(katas):
        slug = next_kata(katas, progress).slug
        lines[-1].append((f"   next: kata watch {slug}", "dim"))
    return lines


def _row(kata: Kata, record: Record, names: int, width: int, current: str) -> Line:
    manifest = kata.manifest
    mark = _DONE if record.passed else _BEGUN if record.begun else " "
    score = f"{record.best}/{record.points}" if record.points else ""
    here = ">" if kata.slug == current else " "
    start = f"{here} {mark} {manifest.order:>2}  {kata.slug:<{names}}  "
    scored = f"{score:>7}"
    rest = f"  {manifest.minutes:>3} min  "
    room = width - len(start) - len(scored) - len(rest)
    return [
        (start, "strong" if kata.slug == current else ""),
        (scored, "good" if record.passed else ""),
        (rest, "dim"),
        (cut(manifest.title, room), ""),
    ]


def hint_lines(kata: Kata, shown: int, width: int = WIDTH) -> list[Line]:
    """The first hints of a kata, those that ask before the one that tells.

    Args:
        shown: how many.
        width: columns there are.
    """
    hints = kata.manifest.hints
    lines: list[Line] = []
    for number, hint in enumerate(hints[:shown], 1):
        label = f"hint {number} of {len(hints)}  "
        for text in wrap(hint, width - len(label)):
            lines.append([(label, "dim"), (text, "")])
            label = " " * len(label)
    return lines
