"""One submission's verdict as a page."""

from __future__ import annotations

import msgspec

from graders.proctor import Verdict
from graders.reports.html._document import document
from graders.reports.html._shown import shown
from graders.reports.html._words import kata_title


def page(verdict: Verdict, title: str = "") -> str:
    """One HTML file on one submission, for who wrote it; there is no script in it.

    Args:
        verdict: all of it, or as much as the learner may see.
        title: of the kata; its slug as words when it is left out.
    """
    # What went wrong with the grader may quote a hidden suite.
    results = [msgspec.structs.replace(one, error="") for one in verdict.results]
    verdict = msgspec.structs.replace(verdict, results=results)
    return document(
        "submission.html",
        shown=shown(verdict, verdict.learner or "Your submission"),
        title=title or kata_title(verdict.kata),
    )
