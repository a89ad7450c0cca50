"""Verifies katas: their files, their manifests, and what their suites prove."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import graders.suites
from graders.authoring._files import file_problems
from graders.authoring._judging import Judged, Plan, judge
from graders.authoring._manifests import manifest_problems
from graders.authoring._matrix import matrix_lines
from graders.authoring._numbers import unstated
from graders.authoring._problems import Problem, name_of, problem_lines
from graders.authoring._verdicts import dead_demands, verdict_problems
from graders.proctor import (
    Exhibit,
    Kata,
    KataError,
    Suite,
    exhibits,
    load_kata,
    load_suite,
    null_exhibits,
)
from graders.reports import WIDTH, Line

# Beside the references of the katas: what attacks the grader, for its own tests.
_HOSTILE = "hostile"


@dataclass
class Report:
    """What there is to say about one kata.

    Attributes:
        suite: None where it cannot be imported.
        judged: every exhibit that could be graded.
    """

    slug: str
    suite: Suite | None = None
    judged: list[Judged] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def lines(self, width: int = WIDTH) -> list[Line]:
        """The report for a terminal.

        Args:
            width: columns there are.
        """
        by_kind = {
            kind: [one for one in self.judged if one.exhibit.kind == kind]
            for kind in ("accepted", "rejected")
        }
        checks = f", {len(self.suite.checks)} checks of its own" if self.suite else ""
        counted = ", ".join(f"{len(found)} {kind}" for kind, found in by_kind.items())
        lines: list[Line] = [[(self.slug, "strong"), (f"  {counted}{checks}", "dim")]]
        if self.suite is not None and by_kind["rejected"]:
            lines += [[], *matrix_lines(self.suite, by_kind["rejected"], width)]
        if self.problems:
            lines += [[], *problem_lines(self.problems, width)]
        return [*lines, []]


@dataclass
class _Case:
    """A kata that is being verified."""

    report: Report
    exhibits: list[Exhibit] = field(default_factory=list)


class Verification:
    """Verifies katas of one project.

    Args:
        katas: the folder of all katas.
        slugs: which of them; all, when none is named.
    """

    def __init__(self, katas: Path, slugs: Sequence[str] = ()) -> None:
        self._katas = katas
        self._all = not slugs
        found = [path.name for path in _folders(katas)]
        self._cases = [self._case(slug) for slug in slugs or found]
        self.problems: list[Problem] = []

    @property
    def gradings(self) -> int:
        """How many exhibits there are to grade."""
        return sum(len(case.exhibits) for case in self._cases)

    @property
    def failed(self) -> bool:
        """Whether anything must be mended; once the reports have been made."""
        return bool(self.count)

    @property
    def count(self) -> int:
        """How many problems there are; once the reports have been made."""
        return len(self.problems) + sum(
            len(case.report.problems) for case in self._cases
        )

    def reports(
        self, plan: Plan, graded: Callable[[Judged], None] = lambda one: None
    ) -> Generator[Report]:
        """Grade everything; the report on a kata comes when it and those before it
        are done.

        Args:
            graded: called after each grading.

        Raises:
            LauncherFailed: no submission can be started.
        """
        waiting = list(self._cases)
        by_slug = {case.report.slug: case for case in self._cases}
        everything = [one for case in self._cases for one in case.exhibits]
        with closing(judge(everything, plan)) as judging:
            for judged in judging if everything else ():
                graded(judged)
                by_slug[judged.exhibit.kata.slug].report.judged.append(judged)
                while waiting and _is_done(waiting[0]):
                    yield self._finished(waiting.pop(0))
        for case in waiting:
            yield self._finished(case)
        if self._all:
            self.problems += self._across()

    def closing_lines(self, repeat: int, width: int = WIDTH) -> list[Line]:
        """The problems of no single kata, and how many there are in all.

        Args:
            repeat: how many times everything was graded.
            width: columns there are.
        """
        lines = [*problem_lines(self.problems, width), []] if self.problems else []
        katas = "1 kata" if len(self._cases) == 1 else f"{len(self._cases)} katas"
        times = f" {repeat} times" if repeat > 1 else ""
        said = f"{katas}, {self.gradings} submissions graded{times}: "
        if not self.count:
            return [*lines, [(said, ""), ("all is well", "good")]]
        noun = "problem" if self.count == 1 else "problems"
        return [*lines, [(said, ""), (f"{self.count} {noun}", "bad")]]

    def _finished(self, case: _Case) -> Report:
        report = case.report
        place = {one.path: number for number, one in enumerate(case.exhibits)}
        report.judged.sort(key=lambda one: place[one.exhibit.path])
        if report.suite is not None:
            report.problems += verdict_problems(report.suite, report.judged)
        return report

    def _case(self, slug: str) -> _Case:
        """Everything about a kata that can be known without grading."""
        report = Report(slug)
        case = _Case(report)
        try:
            kata = load_kata(self._katas / slug)
        except KataError as exc:
            report.problems.append(Problem(f"katas/{slug}", str(exc)))
            return case
        folder = suite_folder(slug)
        report.problems += file_problems(kata, folder)
        report.suite = self._suite(kata, report)
        others = list(self._readable())
        report.problems += manifest_problems(kata, report.suite, others)
        report.problems += _number_problems(kata, folder)
        if report.suite is not None:
            try:
                found = exhibits(kata)
            except ValueError as exc:
                text = f"{exc}. Nothing was graded."
                report.problems.append(Problem(name_of(kata.reference), text))
            else:
                # One that is missing has been told already.
                case.exhibits = [one for one in found if one.path.exists()]
                if kata.stub.is_file():
                    case.exhibits += null_exhibits(kata)
        return case

    def _suite(self, kata: Kata, report: Report) -> Suite | None:
        path = suite_folder(kata.slug) / "__init__.py"
        if not path.is_file():
            return None
        try:
            suite = load_suite(kata)
        except KataError as exc:
            report.problems.append(Problem(name_of(path), str(exc)))
        except Exception as exc:
            # A suite is code: it may raise whatever it likes.
            text = f"It cannot be imported: {type(exc).__name__}: {exc}"
            report.problems.append(Problem(name_of(path), text))
        else:
            report.problems += _copies(kata, suite)
            return suite
        return None

    def _readable(self) -> Iterator[Kata]:
        for folder in _folders(self._katas):
            try:
                yield load_kata(folder)
            except KataError:
                continue

    def _across(self) -> Iterator[Problem]:
        """What only shows over all katas."""
        slugs = {folder.name for folder in _folders(self._katas)}
        references = _folders(self._katas.parent / "reference")
        suites = [one for one in _folders(_suites()) if one.name != "__pycache__"]
        for path in (*references, *suites):
            if path.name not in slugs and path.name != _HOSTILE:
                text = f"There is no kata {path.name!r}: remove it, or write the kata."
                yield Problem(name_of(path), text)
        graded = [
            (case.report.suite, case.report.judged)
            for case in self._cases
            if case.report.suite is not None
        ]
        yield from dead_demands(graded)


def _suites() -> Path:
    """The folder of all suites."""
    return Path(graders.suites.__path__[0])


def suite_folder(slug: str) -> Path:
    """The package of a kata's suite."""
    return _suites() / slug


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return [
        path
        for path in sorted(parent.iterdir())
        if path.is_dir() and not path.name.startswith((".", "__"))
    ]


def _is_done(case: _Case) -> bool:
    return len(case.report.judged) == len(case.exhibits)


def _copies(kata: Kata, suite: Suite) -> Iterator[Problem]:
    """Where learners write tests: every copy of the service is used, and is there."""
    used = {check.copy for check in suite.checks if check.copy}
    folder = kata.service("any").parent
    there = {path.stem for path in folder.glob("*.py")}
    for name in sorted(used - there):
        yield Problem(name_of(folder / f"{name}.py"), "It is missing: write it.")
    for name in sorted(there - used):
        text = "No check runs the learner's tests on it: add one, or remove it."
        yield Problem(name_of(folder / f"{name}.py"), text)


def _number_problems(kata: Kata, suite: Path) -> Iterator[Problem]:
    brief = kata.folder / "README.md"
    try:
        parts = {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted(suite.glob("*.py"))
        }
        found = list(unstated(parts, brief.read_text(encoding="utf-8")))
    except (OSError, SyntaxError, ValueError):
        return
    for one in found:
        remedy = (
            "state it, or end the line with `# not stated: <why>`"
            if one.reason is None
            else "its `# not stated:` gives no reason"
        )
        text = one.text if len(one.text) <= 50 else one.text[:49] + "…"
        yield Problem(
            name_of(suite / one.part),
            f"line {one.line}: {one.number:g} is expected (`{text}`), but the brief "
            f"does not say so: {remedy}.",
        )
