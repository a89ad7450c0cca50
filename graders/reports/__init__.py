"""Verdicts as text, for people and programs.

Each report is a pure function of verdicts or of a part of one. What is here is all that
pytest needs; `formats`, `styled` and `commands` are imported by who uses them, because
every grading would wait for their libraries.
"""

from graders.reports._actions import no_commands
from graders.reports._causes import Cause, causes
from graders.reports._errors import ReportError
from graders.reports._exits import FAILED_EXIT, GRADER_EXIT, USAGE_EXIT, exit_code
from graders.reports._feedback import FEEDBACK, reduced
from graders.reports._files import write_atomically
from graders.reports._findings import (
    GRADER_FAILED,
    cause_lines,
    finding_lines,
    grader_error_lines,
    result_lines,
    short_reason,
    stopped_lines,
)
from graders.reports._lines import (
    WIDEST,
    WIDTH,
    Line,
    Role,
    Span,
    cut,
    escape,
    escape_lines,
    plain,
    wrap,
)
from graders.reports._printed import RecordedGrading, printed_lines
from graders.reports._remarks import conditions
from graders.reports._scores import score_lines, verdict_lines
from graders.reports._timeline import timeline_lines

__all__ = [
    "FAILED_EXIT",
    "FEEDBACK",
    "GRADER_EXIT",
    "GRADER_FAILED",
    "USAGE_EXIT",
    "WIDEST",
    "WIDTH",
    "Cause",
    "Line",
    "RecordedGrading",
    "ReportError",
    "Role",
    "Span",
    "cause_lines",
    "causes",
    "conditions",
    "cut",
    "escape",
    "escape_lines",
    "exit_code",
    "finding_lines",
    "grader_error_lines",
    "no_commands",
    "plain",
    "printed_lines",
    "reduced",
    "result_lines",
    "score_lines",
    "short_reason",
    "stopped_lines",
    "timeline_lines",
    "verdict_lines",
    "wrap",
    "write_atomically",
]
