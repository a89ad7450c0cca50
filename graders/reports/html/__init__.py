"""Verdicts as HTML: one file for a submission, one for a class.

Each file stands alone: style, script and pictures are in it, and its content security
policy lets nothing else run and nothing be fetched.
"""

from graders.reports.html._overview import overview
from graders.reports.html._submission import page

__all__ = ["overview", "page"]
