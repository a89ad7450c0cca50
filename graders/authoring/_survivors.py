"""`kata verify --mutants`: what suites overlook, and what they lose their heads at."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from graders.authoring._habits import habits
from graders.authoring._judging import Judged, Plan, judge
from graders.authoring._mutants import EQUALS, Mutant, mutants
from graders.authoring._odd_answers import odd_answers
from graders.authoring._overlaps import overlaps
from graders.authoring._problems import Problem, name_of, problem_lines
from graders.authoring._verdicts import surprised
from graders.proctor import GRADER_ERROR, PASSED, Exhibit, Kata, KataError, read_toml
from graders.reports import WIDTH, Line, wrap

MUTANT, ODD = "mutant", "odd"


@dataclass(frozen=True)
class _Change:
    """One change of a solution, and where the changed program lies."""

    exhibit: Exhibit
    mutant: Mutant


@dataclass
class Survey:
    """What became of the changes of one kata's solution.

    Attributes:
        survivors: mutants with full marks that nobody has explained.
        explained: how many are known to be as right as the solution.
        surprises: what the suite did not expect; learners were told a finding.
        problems: grader errors, and explanations of mutants that there are not.
    """

    kata: Kata
    changes: list[_Change] = field(default_factory=list)
    equals: dict[str, str] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)
    survivors: list[Mutant] = field(default_factory=list)
    explained: int = 0
    surprises: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        return len(self.judged) == len(self.changes)

    def finish(self) -> None:
        """Sum up what has been judged."""
        by_path = {one.exhibit.path: one for one in self.judged}
        for change in self.changes:
            self._sum_up(change, by_path[change.exhibit.path])

    def _sum_up(self, change: _Change, judged: Judged) -> None:
        mutant = change.mutant
        where = f"line {mutant.line}: " if mutant.line else ""
        place = f"{name_of(self.kata.solution)}, {where}{mutant.change}"
        for result in judged.verdict.results if judged.verdicts else []:
            if result.outcome == GRADER_ERROR:
                text = f"{result.name} is a grader error: {_last_line(result.error)}"
                self.problems.append(Problem(place, text))
        for name, error in judged.surprises.items():
            self.surprises.append(Problem(place, surprised(name, error)))
        if judged.trouble:
            self.problems.append(Problem(place, judged.trouble))
        elif change.exhibit.kind == MUTANT and judged.verdict.status == PASSED:
            if any(_matches(mutant.change, one) for one in self.equals):
                self.explained += 1
            else:
                self.survivors.append(mutant)

    def lines(self, width: int = WIDTH) -> list[Line]:
        """The report for a terminal.

        Args:
            width: columns there are.
        """
        kinds = [one.exhibit.kind for one in self.changes]
        told = (
            f"  {kinds.count(MUTANT)} mutants, {kinds.count(ODD)} odd answers: "
            f"{len(self.survivors)} survive, {self.explained} are known as right, "
            f"{len(self.surprises)} surprise the suite, {len(self.problems)} errors"
        )
        lines: list[Line] = [[(self.kata.slug, "strong"), (told, "dim")]]
        for one in self.survivors:
            first, *rest = wrap(f"line {one.line} {one.change}", width - 4)
            lines.append([("  ~ ", "dim"), (first, "")])
            lines.extend([(f"    {text}", "")] for text in rest)
        return [*lines, *problem_lines([*self.surprises, *self.problems], width), []]


def surveys(katas: list[Kata], folder: Path) -> list[Survey]:
    """Change the solutions of katas, and write what comes of it.

    Args:
        folder: where the changed programs are written.

    Raises:
        KataError: a solution cannot be read, or what explains its mutants is wrong.
    """
    return [_survey(kata, folder / kata.slug) for kata in katas]


def _survey(kata: Kata, folder: Path) -> Survey:
    try:
        source = kata.solution.read_text(encoding="utf-8")
        services = kata.manifest.services
        made = [*mutants(source), *habits(source, services)]
        if not kata.turns_the_tables:
            # No two tests run at the same time.
            made += overlaps(source)
        changed = [(MUTANT, one) for one in made]
    except (OSError, SyntaxError, ValueError) as exc:
        raise KataError(f"{name_of(kata.solution)} cannot be read: {exc}.") from exc
    if not kata.turns_the_tables:
        changed += [
            (ODD, Mutant(0, f"answers {name}", text))
            for name, text in odd_answers(source).items()
        ]
    folder.mkdir(parents=True)
    survey = Survey(kata, equals=_equals(kata))
    for number, (kind, one) in enumerate(changed, 1):
        path = folder / f"{number}.py"
        path.write_text(one.source, encoding="utf-8")
        survey.changes.append(_Change(Exhibit(kata, path, kind), one))
    unknown = [
        change
        for change in survey.equals
        if not any(_matches(one.change, change) for _, one in changed)
    ]
    for change in sorted(unknown):
        text = f"No mutant {change!r} is made any more: remove it."
        survey.problems.append(Problem(name_of(kata.reference / EQUALS), text))
    return survey


def _matches(change: str, known: str) -> bool:
    """Whether a change is the one that is known; a `*` stands for any text."""
    parts = map(re.escape, known.split("*"))
    return re.fullmatch(".*".join(parts), change) is not None


def _equals(kata: Kata) -> dict[str, str]:
    """Mutants that are as right as the solution, and why: `"<change>" = "<reason>"`."""
    path = kata.reference / EQUALS
    try:
        return read_toml(path, dict[str, str])
    except FileNotFoundError:
        return {}
    except ValueError as exc:
        raise KataError(
            f"{name_of(path)}: {exc}. Give each mutant's change a reason, as texts."
        ) from exc


def surveyed(
    made: list[Survey], plan: Plan, graded: Callable[[Judged], None]
) -> Generator[Survey]:
    """Grade all changes; the survey of a kata comes when it and those before are done.

    Args:
        graded: called after each grading.

    Raises:
        LauncherFailed: no submission can be started.
    """
    waiting = list(made)
    by_slug = {one.kata.slug: one for one in made}
    everything = [change.exhibit for one in made for change in one.changes]
    with closing(judge(everything, plan)) as judging:
        for judged in judging:
            graded(judged)
            by_slug[judged.exhibit.kata.slug].judged.append(judged)
            while waiting and waiting[0].is_done:
                survey = waiting.pop(0)
                survey.finish()
                yield survey


def closing_lines(made: list[Survey]) -> list[Line]:
    """The sums over all katas."""
    changes = sum(len(one.changes) for one in made)
    survivors = sum(len(one.survivors) for one in made)
    surprises = sum(len(one.surprises) for one in made)
    errors = sum(len(one.problems) for one in made)
    said = (
        f"{changes} changes graded: {survivors} mutants survive, {surprises} surprise "
        "a suite, "
    )
    return [[(said, ""), (f"{errors} errors", "bad" if errors else "good")]]


def _last_line(error: str) -> str:
    lines = error.strip().splitlines()
    return lines[-1] if lines else "it says nothing"
