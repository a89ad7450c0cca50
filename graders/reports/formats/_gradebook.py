"""A gradebook as CSV: one row for each verdict."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from graders.proctor import CATEGORIES, GRADER_ERROR, Verdict
from graders.reports._lines import escape

# At the begin of a cell these make a formula of it; in some languages a spreadsheet
# takes semicolons for the ends of cells.
_FORMULA = re.compile("(^|[;,|])([\\s'\"]*)([=+\\-@\uff1d\uff0b\uff0d\uff20])")


def gradebook(verdicts: Sequence[Verdict]) -> str:
    """One row for each verdict, in order: learner, kata, status, score, points, the
    score of each category, seed, duration in seconds, unstable, tampered.

    The cells that hold a mark are empty for a grader error, and for what is not graded.
    """
    present = {name for verdict in verdicts for name in verdict.by_category()}
    categories = [*CATEGORIES, *sorted(present - {*CATEGORIES, ""})]
    columns = ["learner", "kata", "status", "score", "points"]
    columns += [_cell(name) for name in categories]
    columns += ["seed", "duration", "unstable", "tampered"]
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(columns)
    writer.writerows(_row(verdict, categories) for verdict in verdicts)
    return written.getvalue()


def _row(verdict: Verdict, categories: Sequence[str]) -> list[str]:
    table = {} if verdict.status == GRADER_ERROR else verdict.by_category()
    marked = verdict.status != GRADER_ERROR
    return [
        _cell(verdict.learner),
        _cell(verdict.kata),
        _cell(verdict.status),
        str(verdict.score) if marked else "",
        str(verdict.points) if marked else "",
        # "2/3" would become a date.
        *(str(table[name][0]) if name in table else "" for name in categories),
        _cell(verdict.seed),
        f"{verdict.duration:.3f}",
        "yes" if verdict.other is not None else "no",
        "yes" if verdict.status == "tampered" else "no",
    ]


def _cell(text: str) -> str:
    """Text that is no formula wherever it is opened."""
    return _FORMULA.sub(r"\1\2'\3", escape(text))
