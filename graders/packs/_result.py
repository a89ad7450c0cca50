"""One page on a take-home, for the interviewer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graders.packs._markdown import code, plain_text
from graders.proctor import (
    GRADER_ERROR,
    PASSED,
    Finding,
    Kata,
    Provenance,
    Result,
    Verdict,
)
from graders.reports import conditions

# So many that the page stays one.
_MOST_FAILURES = 6
_MOST_POINTS_TO_TALK = 5
_MOST_NOTES = 2
_WIDTH = 96
_LONGEST_NAME = 50
_DIGITS = 16


def result_page(verdict: Verdict, kata: Kata | None, candidate: str) -> str:
    """Markdown: scores, what failed, what to talk about, how it was graded.

    Args:
        kata: whose verdict it is, if that kata is known here.
        candidate: whose submission it is; empty if that is not known.
    """
    title = kata.manifest.title if kata else plain_text(verdict.kata, _LONGEST_NAME)
    name = plain_text(candidate or verdict.learner or "A candidate", _LONGEST_NAME)
    parts = [
        [f"# {name}: {title}"],
        [_outcome(verdict)],
        list(_warnings(verdict)),
        list(_scores(verdict)),
        list(_failures(verdict)),
        list(_to_talk_about(verdict, kata)),
        list(_how_graded(verdict)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _outcome(verdict: Verdict) -> str:
    if verdict.status == GRADER_ERROR:
        return "**No result.** The grader failed, not the candidate: grade it again."
    score = f"**{verdict.score} of {verdict.points} points**, {verdict.status}"
    reason = verdict.reason
    return f"{score}: {plain_text(reason, 2 * _WIDTH)}" if reason else f"{score}."


def _warnings(verdict: Verdict) -> Iterator[str]:
    if verdict.other is not None:
        score = f"{verdict.other.score}/{verdict.other.points}"
        yield (
            f"> Unstable: another grading of the same code came to {score}, "
            f"{plain_text(verdict.other.status)}. Read the code before you judge it."
        )
    if verdict.status == "tampered":
        yield (
            "> The grader's own channel was disturbed. That can be an accident: look "
            "at the code before you draw conclusions."
        )


def _scores(verdict: Verdict) -> Iterator[str]:
    table = verdict.by_category()
    yield _row(plain_text(category) for category in table)
    yield _row("---" for _ in table)
    yield _row(f"{score}/{points}" for score, points in table.values())


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _failures(verdict: Verdict) -> Iterator[str]:
    failed = [one for one in verdict.results if one.outcome != PASSED]
    # What failed by itself first.
    failed.sort(key=lambda one: one.withheld)
    if not failed or verdict.reason or verdict.status == GRADER_ERROR:
        return
    yield "## What failed"
    yield ""
    for number, result in enumerate(failed[:_MOST_FAILURES], start=1):
        score = f"{result.category} {result.score}/{result.points}"
        # Two blanks at the end of a line keep the next one apart.
        yield f"{number}. **{plain_text(result.title, _WIDTH - 20)}** {score}  "
        yield f"   {_why(result)}"
    if len(failed) > _MOST_FAILURES:
        yield ""
        yield f"And {len(failed) - _MOST_FAILURES} more."


def _why(result: Result) -> str:
    if not result.findings:
        return "Not told at this level of feedback."
    if result.withheld:
        return "Counts once another check passes."
    finding = result.findings[0]
    place = _place(finding)
    # Two lines with the words around it.
    room = _WIDTH - 24 - len(place) // 2
    return (
        f"Expected {plain_text(finding.expected, room)}; "
        f"saw {plain_text(finding.saw, room)}{f' at {place}' if place else ''}."
    )


def _place(finding: Finding) -> str:
    if finding.site is None:
        return ""
    return code(f"{finding.site.file}:{finding.site.line}", _WIDTH // 3)


def _to_talk_about(verdict: Verdict, kata: Kata | None) -> Iterator[str]:
    points = [*_lines_to_look_at(verdict)]
    if kata is not None:
        points += kata.manifest.hints
        points.append(f"In their own words: {kata.manifest.teaches}")
    if points:
        yield "## To talk about"
        yield ""
        for point in points[:_MOST_POINTS_TO_TALK]:
            yield f"- {point}"


def _lines_to_look_at(verdict: Verdict) -> list[str]:
    """The first lines that checks failed at, each once, with what was to be tried."""
    found: dict[str, str] = {}
    for result in verdict.results:
        for finding in result.findings:
            if finding.site is not None and finding.line:
                line = code(finding.line, _WIDTH // 2)
                advice = plain_text(finding.advice, _WIDTH)
                found.setdefault(_place(finding), f"{line} {advice}".rstrip())
    return [f"{place} {text}" for place, text in list(found.items())[:2]]


def _how_graded(verdict: Verdict) -> Iterator[str]:
    made = verdict.provenance
    yield "## How it was graded"
    yield ""
    yield (
        f"Kata {code(verdict.kata)}, seed {plain_text(verdict.seed)}, "
        f"{verdict.duration:.1f} s; {_walls(made)}."
    )
    if made.submission:
        yield (
            f"SHA-256 of the submission {code(made.submission, _DIGITS)}, of suite and "
            f"graders {code(made.suite, _DIGITS)}."
        )
    if made.grader:
        yield (
            f"Async Katas {plain_text(made.grader)}, Python {plain_text(made.python)}. "
            "The same file, seed and suite give the same result."
        )
    for condition in conditions(made):
        yield f"\n{plain_text(condition, _WIDTH)}"
    for note in verdict.notes[:_MOST_NOTES]:
        yield f"\nNote: {plain_text(note, _WIDTH)}"


def _walls(made: Provenance) -> str:
    if not made.walls:
        return "no walls stood around it"
    return "walls: " + ", ".join(plain_text(wall) for wall in made.walls)
