"""Verdicts as text, for people and programs.

Each report is a pure function of verdicts or of a part of one.
"""

from graders.reports._actions import no_commands
from graders.reports._causes import Cause, causes
from graders.reports._commands import add_commands
from graders.reports._errors import ReportError
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
from graders.reports._scores import score_lines, verdict_lines
from graders.reports._styled import show, styled
from graders.reports._timeline import timeline_lines
from graders.reports.formats import FORMATS, Format, read_verdict

__all__ = [
    "FEEDBACK",
    "FORMATS",
    "GRADER_FAILED",
    "WIDEST",
    "WIDTH",
    "Cause",
    "Format",
    "Line",
    "RecordedGrading",
    "ReportError",
    "Role",
    "Span",
    "add_commands",
    "cause_lines",
    "causes",
    "cut",
    "escape",
    "escape_lines",
    "finding_lines",
    "grader_error_lines",
    "no_commands",
    "plain",
    "printed_lines",
    "read_verdict",
    "reduced",
    "result_lines",
    "score_lines",
    "short_reason",
    "show",
    "stopped_lines",
    "styled",
    "timeline_lines",
    "verdict_lines",
    "wrap",
    "write_atomically",
]
