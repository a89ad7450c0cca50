"""Verdicts as other programs read them. Each is a pure function of verdicts."""

from graders.reports.formats._classroom50 import Tagged, classroom50
from graders.reports.formats._exercism import exercism
from graders.reports.formats._github import github
from graders.reports.formats._github_classroom import github_classroom, step_output
from graders.reports.formats._github_summary import github_summary
from graders.reports.formats._gradebook import gradebook
from graders.reports.formats._gradescope import gradescope
from graders.reports.formats._junit import junit, junit_together
from graders.reports.formats._own import own_json, read_verdict, verdict_schema
from graders.reports.formats._registry import FORMATS, Format
from graders.reports.formats._sarif import sarif

__all__ = [
    "FORMATS",
    "Format",
    "Tagged",
    "classroom50",
    "exercism",
    "github",
    "github_classroom",
    "github_summary",
    "gradebook",
    "gradescope",
    "junit",
    "junit_together",
    "own_json",
    "read_verdict",
    "sarif",
    "step_output",
    "verdict_schema",
]
