"""Reports for a terminal. Each is a pure function of a verdict or of a part of one."""

from graders.reports._findings import (
    GRADER_FAILED,
    finding_lines,
    grader_error_lines,
    result_lines,
    short_reason,
    stopped_lines,
)
from graders.reports._lines import (
    WIDTH,
    Line,
    Role,
    Span,
    escape,
    escape_lines,
    plain,
    wrap,
)
from graders.reports._printed import RecordedGrading, printed_lines
from graders.reports._scores import score_lines, verdict_lines
from graders.reports._timeline import timeline_lines

__all__ = [
    "GRADER_FAILED",
    "WIDTH",
    "Line",
    "RecordedGrading",
    "Role",
    "Span",
    "escape",
    "escape_lines",
    "finding_lines",
    "grader_error_lines",
    "plain",
    "printed_lines",
    "result_lines",
    "score_lines",
    "short_reason",
    "stopped_lines",
    "timeline_lines",
    "verdict_lines",
    "wrap",
]
