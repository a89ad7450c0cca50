"""The formats by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graders.proctor import Verdict
from graders.reports.formats._classroom50 import Tagged, classroom50
from graders.reports.formats._exercism import exercism
from graders.reports.formats._github import github
from graders.reports.formats._github_classroom import github_classroom
from graders.reports.formats._github_summary import github_summary
from graders.reports.formats._gradebook import gradebook
from graders.reports.formats._gradescope import gradescope
from graders.reports.formats._junit import junit, junit_together
from graders.reports.formats._own import own_json
from graders.reports.formats._sarif import sarif
from graders.reports.html import overview, page


@dataclass(frozen=True)
class Format:
    """One way to write verdicts down.

    Attributes:
        name: as a command line says it.
        file: what a file of it is called, where several formats lie side by side.
        text: the report on one verdict; may raise `ReportError`.
        together: one report on several verdicts, where the format has that.
        markup: characters may be written as references, as in "&#233;".
    """

    name: str
    file: str
    text: Callable[[Verdict], str]
    together: Callable[[Sequence[Verdict]], str] | None = None
    markup: bool = False


def _here(verdict: Verdict) -> str:
    """Classroom 50's result for the commit that its runner grades at the moment."""
    return classroom50(verdict, Tagged.from_environment(os.environ))


def _html(verdicts: Sequence[Verdict]) -> str:
    """The page of one submission, or a class at a glance."""
    return page(verdicts[0]) if len(verdicts) == 1 else overview(verdicts)


FORMATS = {
    one.name: one
    for one in (
        Format("json", "verdict.json", own_json),
        Format("junit", "junit.xml", junit, junit_together, markup=True),
        Format("gradescope", "gradescope.json", gradescope),
        Format("exercism", "exercism.json", exercism),
        Format("classroom50", "classroom50.json", _here),
        Format("github-classroom", "github-classroom.json", github_classroom),
        Format("github", "annotations.txt", github),
        Format("github-summary", "summary.md", github_summary),
        Format("sarif", "report.sarif", sarif),
        Format("html", "report.html", page, _html, markup=True),
        Format("csv", "gradebook.csv", lambda one: gradebook([one]), gradebook),
    )
}
