from __future__ import annotations

import csv
import io

from hypothesis import given, settings

from graders.proctor import CATEGORIES, FAILED, Verdict
from graders.reports.formats import gradebook
from graders.tests.formats.verdicts import VERDICTS, hostile

_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_one_row_for_each_verdict() -> None:
    rows = _rows(gradebook(list(VERDICTS.values())))
    assert len(rows) == len(VERDICTS)
    by_name = dict(zip(VERDICTS, rows, strict=True))
    assert by_name["failed"] == {
        "learner": "ada",
        "kata": "dashboard",
        "status": "failed",
        "score": "6",
        "points": "12",
        "awaits": "",
        "concurrency": "2",
        "blocking": "",
        "resources": "0",
        "timeouts": "",
        "errors": "4",
        "seed": "7",
        "duration": "1.250",
        "unstable": "no",
        "tampered": "no",
    }
    assert by_name["unstable"]["unstable"] == "yes"
    assert by_name["tampered"]["tampered"] == "yes"
    # No mark is not the mark nought.
    error = by_name["grader error"]
    assert {error[column] for column in ("score", "points", *CATEGORIES)} == {""}


@settings(max_examples=80, deadline=None)
@given(text=hostile)
def test_no_cell_is_a_formula_in_any_spreadsheet(text: str) -> None:
    written = gradebook([Verdict(text, text or FAILED, "7", learner=text)])
    (row,) = _rows(written)
    cells = [*row.values()]
    # In some countries a semicolon ends a cell.
    cells += [cell for line in written.splitlines() for cell in line.split(";")[1:]]
    assert not any(cell.lstrip(' "').startswith(_FORMULA) for cell in cells)
    assert len(written.split("\r\n")) == 3
