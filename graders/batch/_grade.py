"""From what was handed in to the folder of results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from graders.batch._batch import Batch, Plan
from graders.batch._folder import keep_seed, results_folder, write_result
from graders.batch._found import Intake
from graders.batch._intake import IntakeError, Search
from graders.batch._layouts import Layout
from graders.batch._names import file_names, shown_name
from graders.batch._store import Cache, Results
from graders.batch._summary import Summary, summarised
from graders.batch._withdrawn import WITHDRAWN
from graders.proctor import Kata, Verdict, all_katas, find_kata
from graders.reports.formats import FORMATS
from graders.reports.html import overview
from graders.settings import SettingError

_MOST_NAMES = 12
GRADEBOOK, SUMMARY, OVERVIEW = "gradebook.csv", "summary.json", "overview.html"

Telling = Callable[[Intake], AbstractContextManager[Callable[[Verdict], None]]]


class Interrupted(Exception):
    """Somebody has pressed Ctrl-C; the text says how far it has come."""


@dataclass(frozen=True)
class Assignment:
    """What to grade.

    Attributes:
        handed_in: folders, archives and files.
        out: the folder for the results.
        slugs: the katas; all, when none is named.
        layout: the only pattern; the usual ones when there is none.
        cache: the folder for the cache.
        fresh: grade anew what is in it.
    """

    handed_in: Sequence[Path]
    out: Path
    slugs: Sequence[str]
    layout: Layout | None
    cache: Path
    fresh: bool = False


def grade_all(
    assignment: Assignment, plan: Plan, telling: Telling
) -> tuple[Summary, list[str]]:
    """Grade everything that was handed in, and write the results.

    Args:
        telling: is told what was found, and then each verdict.

    Returns:
        The summary, and sentences on what a person should know besides.

    Raises:
        SettingError, KataError, FolderError, IntakeError: it cannot be done as asked.
        LauncherFailed: no submission can be graded on this machine.
        Interrupted: Ctrl-C was pressed; what is graded by then is kept.
    """
    katas = _katas(assignment)
    out = assignment.out
    for path in assignment.handed_in:
        if path.resolve() == out.resolve():
            raise SettingError(
                f"--out {str(out)!r} is what was handed in: give another folder."
            )
    with results_folder(out) as scratch:
        search = Search(katas, scratch, assignment.layout, leave_out=out)
        intake = search.submissions(assignment.handed_in)
        _refuse_nothing(intake, assignment)
        keep_seed(out, plan.options.seed)
        names = file_names(dict.fromkeys(one.learner for one in intake.found))
        results = Results(out, names, by_kata=len(katas) > 1)
        withdrawn = results.set_aside(intake.found)
        cache = Cache(assignment.cache, fresh=assignment.fresh)
        batch = Batch(intake.found, plan, cache, results, scratch)
        try:
            with telling(intake) as settled:
                batch.grade(settled)
        except KeyboardInterrupt as exc:
            done, of = len(batch.verdicts), len(intake.found)
            raise Interrupted(
                f"Stopped when {done} of {of} were done. The same command goes on "
                "from there."
            ) from exc
        summary = summarised(
            batch.verdicts,
            seed=plan.options.seed,
            sandbox=plan.options.sandbox,
            others=intake.others,
        )
        _write_tables(out, batch.verdicts, summary)
        # In full: who teaches looks at each mistake of the class.
        whole = [
            results.get(found, verdict.kata)
            for found, verdict in zip(intake.found, batch.verdicts, strict=True)
        ]
        titles = {kata.slug: kata.manifest.title for kata in katas}
        write_result(out / OVERVIEW, overview(whole, titles))
    return summary, [*_no_longer(withdrawn), *batch.problems.values()]


def _no_longer(moved: Sequence[str]) -> list[str]:
    """What is told of verdicts that were moved."""
    if not moved:
        return []
    more = f" and {len(moved) - _MOST_NAMES} more" if len(moved) > _MOST_NAMES else ""
    names = ", ".join(shown_name(name) for name in moved[:_MOST_NAMES])
    return [
        f"Graded before and not handed in this time, so moved to {WITHDRAWN}/: "
        f"{names}{more}."
    ]


def _katas(assignment: Assignment) -> list[Kata]:
    named = [find_kata(slug) for slug in dict.fromkeys(assignment.slugs)]
    katas = named or all_katas()
    layout = assignment.layout
    if layout is not None and not layout.names_the_kata and len(katas) > 1:
        raise SettingError(
            f"--layout {layout.text!r} does not say which kata it is: add --kata SLUG, "
            "or put {kata} into the pattern."
        )
    return katas


def _refuse_nothing(intake: Intake, assignment: Assignment) -> None:
    shown = ", ".join(repr(shown_name(str(path))) for path in assignment.handed_in)
    if not intake.found:
        raise IntakeError(
            f"There is no submission in {shown}: 'kata grade --help' says where they "
            "are looked for; --layout names another place."
        )
    if all(one.kata is None for one in intake.found):
        raise IntakeError(
            f"Nothing in {shown} says which kata it is: add --kata SLUG, or use "
            "folders that are named for katas."
        )


def _write_tables(out: Path, verdicts: Sequence[Verdict], summary: Summary) -> None:
    together = FORMATS["csv"].together
    assert together is not None
    write_result(out / GRADEBOOK, together(verdicts))
    text = msgspec.json.format(msgspec.json.encode(summary)).decode()
    write_result(out / SUMMARY, text + "\n")
