"""Proves a suite right: what must pass passes, what must fail fails for its reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graders.proctor._findings import CATEGORIES
from graders.proctor._grading import Grading, Options
from graders.proctor._kata import Kata
from graders.proctor._launcher import Launcher
from graders.proctor._mistakes import MISTAKES, mistakes
from graders.proctor._submission import read_submission
from graders.proctor._verdict import FAILED, PASSED, Verdict

SOLUTION, ACCEPTED, REJECTED, STUB = "solution", "accepted", "rejected", "stub"


@dataclass(frozen=True)
class Exhibit:
    """One submission with a known outcome.

    Attributes:
        kind: "solution", "accepted", "rejected" or "stub".
        category: for a rejected one, the category that must be among the failures.
        check: the check that must be among them, if it is known.
    """

    kata: Kata
    path: Path
    kind: str
    category: str = ""
    check: str = ""

    @property
    def name(self) -> str:
        return self.kind if self.kind in (SOLUTION, STUB) else self.path.stem

    @property
    def source(self) -> str:
        return self.path.read_text(encoding="utf-8")


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


def prove(
    exhibit: Exhibit,
    launcher: Launcher,
    options: Options | None = None,
    *,
    thorough: bool = True,
) -> tuple[Verdict, str]:
    """Grade an exhibit.

    Args:
        thorough: False to be content with the first check that rejects what must be
            rejected (the one that must catch it, if it is known, else one of its own
            category, if it has one); the verdict then holds that check alone.

    Returns:
        The verdict, and what is wrong with it: empty when it is as it must be.
    """
    submission = read_submission(exhibit.path, exhibit.kata.manifest.file)
    grading = Grading(exhibit.kata, submission, launcher, options)
    if exhibit.kind in (REJECTED, STUB) and not thorough:
        for check in grading.checks:
            if exhibit.category not in ("", check.category):
                continue
            if exhibit.check not in ("", check.name):
                continue
            result = grading.result(check, hasty=True)
            if grading.surprises:
                break
            if grading.stopped is None and result.outcome == FAILED:
                seed = (options or Options()).seed
                return Verdict(exhibit.kata.slug, FAILED, seed, [result]), ""
    verdict = grading.verdict()
    wrong = complaint(exhibit, verdict)
    if grading.surprises and not wrong:
        wrong = (
            f"the suite did not expect what it met in {', '.join(grading.surprises)}"
        )
    return verdict, wrong


def complaint(exhibit: Exhibit, verdict: Verdict) -> str:
    """What is wrong with the verdict on an exhibit; empty when nothing is."""
    lost = [result for result in verdict.results if result.outcome != PASSED]
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
