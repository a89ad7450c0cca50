"""`kata grade`: many submissions, side by side. None of them is lost."""

from graders.batch._batch import Batch, Plan
from graders.batch._commands import add_commands
from graders.batch._found import Found, Intake
from graders.batch._grade import Assignment, Interrupted, grade_all
from graders.batch._intake import IntakeError, Search
from graders.batch._layouts import Layout, LayoutError, read_layout
from graders.batch._store import Cache, Results
from graders.batch._summary import Summary, summarised, summary_lines
from graders.batch._ungraded import grader_failed, not_loaded
from graders.batch._usual import one_hand_in

__all__ = [
    "Assignment",
    "Batch",
    "Cache",
    "Found",
    "Intake",
    "IntakeError",
    "Interrupted",
    "Layout",
    "LayoutError",
    "Plan",
    "Results",
    "Search",
    "Summary",
    "add_commands",
    "grade_all",
    "grader_failed",
    "not_loaded",
    "one_hand_in",
    "read_layout",
    "summarised",
    "summary_lines",
]
