"""Proves a suite right: what must pass passes, what must fail fails for its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from graders.proctor.checks.check import Suite, load_suite
from graders.proctor.grading.grading import Grading
from graders.proctor.grading.null_submissions import nulls
from graders.proctor.grading.options import Options
from graders.proctor.hosts.launcher import Launcher
from graders.proctor.katas.kata import Kata
from graders.proctor.katas.mistakes import MISTAKES, mistakes
from graders.proctor.submission.submission import Submission, read_submission
from graders.proctor.verdict.findings import CATEGORIES
from graders.proctor.verdict.verdict import (
    FAILED,
    GRADER_ERROR,
    PASSED,
    Result,
    Verdict,
)

SOLUTION, ACCEPTED, REJECTED, STUB = "solution", "accepted", "rejected", "stub"
NULL = "null"
# Plans of each property that a right submission carries out where nobody is thorough.
_FEW_PLANS = 4
# Into so many parts a suite is divided where each right submission sits one of them.
_SHARES = 3
# What to do about a check that what does nothing passes.
FOR_NOTHING = "Mark such a check with guard=True, or let it expect some work as well"
_BY_CHANCE = re.compile(r"^By chance: \S", re.MULTILINE)


@dataclass(frozen=True)
class Exhibit:
    """One submission with a known outcome.

    Attributes:
        kind: "solution", "accepted", "rejected", "stub" or "null".
        category: for a rejected one, the category that must be among the failures.
        check: the check that must be among them, if it is known.
        text: of a null submission, which is in no file; `path` says what to call it.
    """

    kata: Kata
    path: Path
    kind: str
    category: str = ""
    check: str = ""
    text: str | None = None

    @property
    def name(self) -> str:
        return self.kind if self.kind in (SOLUTION, STUB) else self.path.stem

    @property
    def source(self) -> str:
        if self.text is not None:
            return self.text
        return self.path.read_text(encoding="utf-8")

    @property
    def by_chance(self) -> bool:
        """Whether it leaves to chance what it does, as its first lines must say.

        What it passes and fails is the same each time; the words may differ.
        """
        return _BY_CHANCE.search(self.source) is not None

    def submission(self) -> Submission:
        """What is graded.

        Raises:
            SubmissionError: it cannot be read.
        """
        file = self.kata.manifest.file
        if self.text is not None:
            return Submission(self.path.absolute(), file, self.text)
        return read_submission(self.path, file)


def exhibits(kata: Kata) -> list[Exhibit]:
    """Everything that a kata's suite is proven against.

    Raises:
        ValueError: a rejected submission is not named `<category>__<mistake>.py`, or
            what is written about the mistakes is wrong.
    """
    reference = kata.reference
    found = [
        Exhibit(kata, kata.stub, STUB),
        Exhibit(kata, reference / "solution.py", SOLUTION),
    ]
    found += [
        Exhibit(kata, path, ACCEPTED)
        for path in sorted((reference / "accepted").glob("*.py"))
    ]
    known = mistakes(kata)
    for path in sorted((reference / "rejected").glob("*.py")):
        category, separator, _ = path.stem.partition("__")
        if not separator or category not in CATEGORIES:
            raise ValueError(
                f"{path.name} does not say which category must fail: name it "
                f"<category>__<mistake>.py, with one of {', '.join(CATEGORIES)}"
            )
        check = known[path.stem].check if path.stem in known else ""
        found.append(Exhibit(kata, path, REJECTED, category, check))
    return found


def null_exhibits(kata: Kata, *, all_of_them: bool = True) -> list[Exhibit]:
    """What does nothing and must earn nothing, besides the stub.

    Args:
        all_of_them: False for those few that find most.

    Raises:
        OSError: the stub cannot be read.
    """
    folder = kata.reference / "nulls"
    return [
        Exhibit(kata, folder / f"{one.name}.py", NULL, text=one.source)
        for one in nulls(kata)
        if all_of_them or one.first
    ]


def share_of(suite: Suite, number: int, of: int = _SHARES) -> Suite:
    """A part of a suite; those of consecutive numbers hold every check.

    With a check comes the one that it needs, and with guards one that is none: without
    them it would count for something else than in the whole suite.

    Args:
        number: which part, from 0; after the last comes the first again.
        of: how many parts there are; fewer where a part would be a single check.
    """
    of = max(1, min(of, len(suite.checks) // 2))
    names = {one.name for one in suite.checks[number % of :: of]}
    names |= {one.needs for one in suite.checks if one.name in names}
    own = [one for one in suite.checks if one.name in names]
    if all(check.guard for check in own):
        own.insert(0, next(one for one in suite.checks if not one.guard))
    return Suite(own, suite.world)


def prove(
    exhibit: Exhibit,
    launcher: Launcher,
    options: Options | None = None,
    *,
    suite: Suite | None = None,
    thorough: bool = True,
) -> tuple[Verdict, str]:
    """Grade an exhibit.

    Args:
        suite: what it is graded by, if that is not the whole suite of its kata.
        thorough: False to be content with the first check that rejects what must be
            rejected (the one that must catch it, if it is known, else one of its own
            category, if it has one); the verdict then holds that check alone. What does
            nothing is tried by all checks but guards, which count for nothing then; and
            what is right carries out fewer plans, and is not sat once more with known
            mistakes unless it is the solution. Checks that are carried out several
            times are so for the solution alone, and for mistakes that they catch.

    Returns:
        The verdict, and what is wrong with it: empty when it is as it must be.
    """
    options = options or Options()
    if not thorough:
        # Nobody reads how it fails.
        options = replace(options, reduce=False)
        if exhibit.kind in (SOLUTION, ACCEPTED):
            few = min(_FEW_PLANS, options.plans or _FEW_PLANS)
            options = replace(options, plans=few)
        if exhibit.kind == ACCEPTED:
            # The solution shows that a submission is heard.
            options = replace(options, controls=0)
        if exhibit.kind != SOLUTION and not _is_caught_by_chance(exhibit):
            options = replace(options, times=1)
    grading = Grading(
        exhibit.kata, exhibit.submission(), launcher, options, suite=suite
    )
    if exhibit.kind in (NULL, STUB) and not thorough:
        own = [grading.result(one) for one in grading.checks if not one.guard]
        fails = all(one.outcome == FAILED for one in own)
        if grading.stopped is None and fails and not grading.surprises:
            verdict = Verdict(exhibit.kata.slug, FAILED, options.seed, own)
            return verdict, complaint(exhibit, verdict)
    if exhibit.kind == REJECTED and not thorough:
        for check in grading.checks:
            if exhibit.category not in ("", check.category):
                continue
            if exhibit.check not in ("", check.name):
                continue
            result = grading.result(check, hasty=True)
            if grading.surprises:
                break
            if grading.stopped is None and _is_caught(result):
                return Verdict(exhibit.kata.slug, FAILED, options.seed, [result]), ""
    verdict = grading.verdict()
    wrong = complaint(exhibit, verdict)
    if grading.surprises and not wrong:
        wrong = (
            f"the suite did not expect what it met in {', '.join(grading.surprises)}"
        )
    return verdict, wrong


def _is_caught_by_chance(exhibit: Exhibit) -> bool:
    """Whether it may take several times until a mistake is caught."""
    checks = load_suite(exhibit.kata).checks
    return any(one.times > 1 for one in checks if one.name == exhibit.check)


def complaint(exhibit: Exhibit, verdict: Verdict) -> str:
    """What is wrong with the verdict on an exhibit; empty when nothing is."""
    if exhibit.kind in (NULL, STUB):
        earned = _earned(verdict)
        if earned:
            return earned
    if exhibit.kind == NULL:
        # Whether it can be loaded is its own affair.
        return "the grader failed" if verdict.status == GRADER_ERROR else ""
    lost = [result for result in verdict.results if result.outcome != PASSED]
    if exhibit.kind == REJECTED:
        lost = [result for result in lost if not result.withheld]
    names = ", ".join(f"{result.name} ({result.category})" for result in lost)
    if exhibit.kind in (SOLUTION, ACCEPTED):
        return "" if verdict.status == PASSED else f"a right solution lost: {names}"
    if verdict.status != FAILED:
        return f"expected the verdict 'failed', got '{verdict.status}' {verdict.reason}"
    if exhibit.category and exhibit.category not in {one.category for one in lost}:
        return f"{exhibit.category} did not fail; these did: {names}"
    if exhibit.check and exhibit.check not in {one.name for one in lost}:
        return (
            f"{exhibit.check}, which {MISTAKES} names, did not fail; these did: {names}"
        )
    return ""


def _earned(verdict: Verdict) -> str:
    """Which checks gave points to what does nothing; empty when none did."""
    if not verdict.score:
        return ""
    names = ", ".join(
        f"{result.name} ({result.score})" for result in verdict.results if result.score
    )
    points = "1 point" if verdict.score == 1 else f"{verdict.score} points"
    return f"it does nothing and has {points}: {names}. {FOR_NOTHING}"


def _is_caught(result: Result) -> bool:
    """Whether a check has failed by what it saw itself."""
    return result.outcome == FAILED and not result.withheld
