"""The screen of `kata watch`, as a pure function of what there is to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graders.practice._grader import Graded, Step, Stuck
from graders.practice._listing import hint_lines, list_lines, next_kata
from graders.practice._progress import Progress, Record
from graders.proctor import GRADER_ERROR, PASSED, Kata, Verdict
from graders.reports import (
    Line,
    Role,
    cause_lines,
    causes,
    cut,
    grader_error_lines,
    printed_lines,
    result_lines,
    stopped_lines,
    verdict_lines,
    wrap,
)

FIRST, ALL, LIST, HINT, RESET = "first", "all", "list", "hint", "reset"

_KEYS = ("h hint", "n next", "l list", "a all", "r reset", "q quit")
_BAR = 30


@dataclass(frozen=True)
class Scene:
    """All that a screen shows.

    Attributes:
        katas: in their order.
        kata: the one at hand.
        view: FIRST (mistake), ALL (of the report), LIST, HINT or RESET (which asks).
        outcome: what came of grading the file as it was last.
        step: how far grading has come, while it goes on.
        offset: how many lines of the view are above the screen.
        note: a sentence on what was just done.
    """

    katas: Sequence[Kata]
    kata: Kata
    progress: Progress
    view: str = FIRST
    outcome: Graded | Stuck | None = None
    step: Step | None = None
    offset: int = 0
    note: str = ""

    @property
    def record(self) -> Record:
        return self.progress.of(self.kata.slug)


@dataclass(frozen=True)
class Frame:
    """What stands on the screen.

    Attributes:
        lines: not more than the screen is high.
        offset: the scene's, as far as there is something to scroll to.
        page: by how many lines a page moves it.
    """

    lines: list[Line] = field(default_factory=list)
    offset: int = 0
    page: int = 1


def frame(scene: Scene, width: int, height: int) -> Frame:
    """Draw a scene.

    Args:
        width, height: columns and lines of the terminal.
    """
    body = _body(scene, width)
    head = _head(scene, width)
    foot = _foot(scene, width)
    room = max(height - len(head) - len(foot), 1)
    if len(body) <= room:
        blank: list[Line] = [[] for _ in range(room - len(body))]
        return Frame([*head, *body, *blank, *foot][:height])
    room = max(room - 1, 1)
    offset = max(min(scene.offset, len(body) - room), 0)
    below = len(body) - room - offset
    more = f"{below} lines more: space" if below else "the end"
    back = ", b goes back" if offset else ""
    shown = body[offset : offset + room]
    marker: Line = [(f"-- {more}{back} --", "dim")]
    lines = [*head, *shown, marker, *foot]
    return Frame(lines[:height], offset, max(room - 1, 1))


def _head(scene: Scene, width: int) -> list[Line]:
    kata = scene.kata
    place = f"{scene.katas.index(kata) + 1} of {len(scene.katas)}"
    title = cut(f"{kata.slug}  {kata.manifest.title}", width - len(place) - 2)
    gap = " " * (width - len(title) - len(place))
    name, rest = title[: len(kata.slug)], title[len(kata.slug) :]
    first: Line = [(name, "strong"), (rest, ""), (gap + place, "dim")]
    return [first, _bar(scene, width), []]


def _bar(scene: Scene, width: int) -> Line:
    """How many checks have been made while grading goes on, then the score."""
    if scene.step is not None:
        done, of = scene.step.done, scene.step.checks
        role: Role = "dim"
        said = f"grading, {done} of {of} checks" if of else "grading"
    elif isinstance(scene.outcome, Graded):
        verdict = scene.outcome.verdict
        done, of = verdict.score, verdict.points
        role = "good" if verdict.status == PASSED else "bad"
        said = f"{done}/{of} points"
        if verdict.status != PASSED:
            said += f"  {verdict.status}"
    else:
        done, of, role, said = 0, 0, "bad", "not graded"
    columns = min(_BAR, max(width // 2, 1))
    full = columns * done // of if of else 0
    return [
        ("█" * full, role),
        ("░" * (columns - full), "dim"),
        (f"  {said}", role),
        (f"   katas/{scene.kata.slug}/{scene.kata.manifest.file}", "dim"),
    ]


def _foot(scene: Scene, width: int) -> list[Line]:
    if scene.view == RESET:
        question = "Put the stub back? What you wrote is kept beside it."
        return [[], *_sentence(question, width), [("y yes   any other key: no", "dim")]]
    note = _sentence(scene.note, width) if scene.note else []
    keys = "   ".join(_KEYS)
    if len(keys) > width:
        keys = " ".join(key[0] for key in _KEYS)
    return [[], *note, [(keys, "dim")]]


def _body(scene: Scene, width: int) -> list[Line]:
    if scene.view == LIST:
        return list_lines(scene.katas, scene.progress, width, scene.kata.slug)
    if scene.view == HINT:
        return _hints(scene, width)
    outcome = scene.outcome
    if outcome is None:
        return _sentence(scene.kata.manifest.teaches, width)
    if isinstance(outcome, Stuck):
        if outcome.sentence:
            return _sentence(outcome.sentence, width)
        return grader_error_lines(outcome.error)
    if scene.view == ALL:
        return _all(outcome, width)
    return _first(scene, outcome.verdict, width)


def _all(outcome: Graded, width: int) -> list[Line]:
    lines: list[Line] = []
    for result in outcome.verdict.results:
        printed = outcome.printed.get(result.name, "")
        lines += printed_lines(result.title, printed, width)
    return lines + verdict_lines(outcome.verdict, width)


def _first(scene: Scene, verdict: Verdict, width: int) -> list[Line]:
    if verdict.status == PASSED:
        after = next_kata(scene.katas, scene.progress, scene.kata.slug)
        on = f" n goes on with {after.slug}." if after is not scene.kata else ""
        text = f"'kata show {scene.kata.slug}' shows a reference solution.{on}"
        return [[("All is well.", "good")], *_sentence(text, width)]
    if verdict.finding is not None:
        return stopped_lines(verdict.status, verdict.finding, width)
    for result in verdict.results:
        if result.outcome == GRADER_ERROR:
            return result_lines(result, width)
    found = causes(verdict)
    if not found:
        return verdict_lines(verdict, width)
    first, *others = found
    others = [cause for cause in others if not cause.withheld]
    lines = cause_lines(first, width)
    if others:
        noun = "mistake" if len(others) == 1 else "mistakes"
        lines += [[], [(f"and {len(others)} {noun} more: a shows all", "dim")]]
    return lines


def _hints(scene: Scene, width: int) -> list[Line]:
    shown, there = scene.record.hints, len(scene.kata.manifest.hints)
    lines = hint_lines(scene.kata, shown, width)
    more = "h asks on" if shown < there else "that is all"
    return [*lines, [], [(f"{more}; a save or any other key goes back", "dim")]]


def _sentence(text: str, width: int) -> list[Line]:
    return [[(line, "")] for line in wrap(text, width)]
