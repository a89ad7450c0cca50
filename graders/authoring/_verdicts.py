"""What a kata's proofs say of its suite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from graders.authoring._judging import Judged
from graders.authoring._matrix import catches
from graders.authoring._problems import Problem, name_of
from graders.proctor import FOR_NOTHING, PASSED, Result, Suite, Verdict, complaint
from graders.reports import short_reason

_IN_A_SUITE = re.compile(r'File ".*/suites/(\w+/\w+\.py)", line (\d+)')


def verdict_problems(suite: Suite, judged: Sequence[Judged]) -> Iterator[Problem]:
    """Exhibits that are not judged as they must be, and checks that judge nothing.

    Checks that every kata has are left to `dead_demands`.
    """
    for one in judged:
        place = name_of(one.exhibit.path)
        if one.trouble:
            yield Problem(place, one.trouble)
            continue
        wrong = complaint(one.exhibit, one.verdict)
        if wrong and not _has_points_for_nothing(one):
            yield Problem(place, _sentence(wrong) + _why(one.verdict))
        for name, error in one.surprises.items():
            yield Problem(place, surprised(name, error))
        for other in one.verdicts[1:]:
            if not _agree(one, other):
                yield Problem(place, difference(one.verdict, other))
                break
    yield from _for_nothing(suite, judged)
    rejected = [one for one in judged if one.exhibit.kind == "rejected"]
    yield from _without_line(rejected)
    counts = catches(suite, rejected)
    for check in suite.checks:
        if not counts[check.name]:
            yield Problem(
                check.name,
                "It has never caught anything: add a rejected submission that makes "
                "the mistake it is about, or remove it.",
            )


def surprised(name: str, error: str) -> str:
    """What a suite did not expect: its last line, and where in the suite it was met.

    Args:
        name: the check.
        error: the traceback.
    """
    *_, last = error.strip().splitlines() or ["nothing"]
    places = _IN_A_SUITE.findall(error)
    where = f" ({places[-1][0]}:{places[-1][1]})" if places else ""
    return (
        f"{name} did not expect what it met{where}: {last} Say there what is expected."
    )


def _agree(one: Judged, other: Verdict) -> bool:
    """Whether grading it once more came to the same, in every detail.

    What is left to chance may be told in other words.
    """
    if other.timeless == one.verdict.timeless:
        return True
    if not one.exhibit.by_chance:
        return False
    first, second = (
        (verdict.status, [(each.name, each.outcome) for each in verdict.results])
        for verdict in (one.verdict, other)
    )
    return first == second


def difference(first: Verdict, other: Verdict) -> str:
    """What changed between two verdicts of one submission."""
    if first.status != other.status:
        return f"Its verdict changes: {first.status!r}, then {other.status!r}."
    for left, right in zip(first.results, other.results, strict=False):
        if left.outcome != right.outcome:
            return (
                f"Its verdict changes: {left.name} is {left.outcome!r}, then "
                f"{right.outcome!r}{_said(left, right)}."
            )
        if left != right:
            return f"What {left.name} tells changes{_said(left, right)}."
    return f"Its verdict changes: {first.reason!r}, then {other.reason!r}."


def dead_demands(graded: Sequence[tuple[Suite, Sequence[Judged]]]) -> Iterator[Problem]:
    """The demands of every kata that no mistake in any kata has ever failed."""
    total: dict[str, int] = {}
    for suite, judged in graded:
        rejected = [one for one in judged if one.exhibit.kind == "rejected"]
        own = {check.name for check in suite.checks}
        for name, count in catches(suite, rejected).items():
            if name not in own:
                total[name] = total.get(name, 0) + count
    for name, count in total.items():
        if not count:
            yield Problem(name, "It has never caught anything, in any kata.")


def _has_points_for_nothing(one: Judged) -> bool:
    """Told once for each check that gives them: see `_for_nothing`."""
    return one.exhibit.kind in ("null", "stub") and one.verdict.score > 0


def _for_nothing(suite: Suite, judged: Sequence[Judged]) -> Iterator[Problem]:
    """Checks that give points to what does nothing; one problem for each of them."""
    guards = {check.name for check in suite.checks if check.guard}
    own = {check.name for check in suite.checks}
    givers: dict[str, list[str]] = {}
    for one in judged:
        if one.verdicts and one.exhibit.kind in ("null", "stub"):
            for result in one.verdict.results:
                # Guards count because of what else has passed.
                if result.score and result.name in own - guards:
                    givers.setdefault(result.name, []).append(one.exhibit.name)
    for name, submissions in givers.items():
        yield Problem(
            name,
            f"It gives points to what does nothing ({', '.join(submissions)}). "
            f"{FOR_NOTHING}.",
        )


def _without_line(rejected: Sequence[Judged]) -> Iterator[Problem]:
    """Findings that show no line and do not say why; one problem for each check."""
    silent: dict[str, list[str]] = {}
    for one in rejected:
        for result in one.verdict.results if one.verdicts else []:
            if any(not item.site and not item.no_site for item in result.findings):
                silent.setdefault(result.name, []).append(one.exhibit.name)
    for name, submissions in silent.items():
        yield Problem(
            name,
            "It names no line of the learner's, and does not say why (no_site), for: "
            + ", ".join(submissions)
            + ".",
        )


def _sentence(text: str) -> str:
    text = text.strip()
    return text[0].upper() + text[1:].rstrip(".") + "."


def _why(verdict: Verdict) -> str:
    for result in verdict.results:
        if result.error:
            return f" The grader: {result.error.strip().splitlines()[-1]}"
    lost = [one for one in verdict.results if one.outcome != PASSED and one.findings]
    return f" {lost[0].name}: {short_reason(lost[0])}." if lost else ""


def _said(left: Result, right: Result) -> str:
    """Both findings where they differ."""
    texts = [short_reason(one) for one in (left, right) if one.outcome != PASSED]
    return f" ({'; then '.join(dict.fromkeys(texts))})" if texts else ""
