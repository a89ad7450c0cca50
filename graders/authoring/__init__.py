"""For who writes katas: `kata verify` proves them, `kata new` starts one."""

from graders.authoring._commands import add_commands
from graders.authoring._judging import Judged, Plan
from graders.authoring._problems import Problem
from graders.authoring._scaffold import ScaffoldError, scaffold
from graders.authoring._verify import Report, Verification

__all__ = [
    "Judged",
    "Plan",
    "Problem",
    "Report",
    "ScaffoldError",
    "Verification",
    "add_commands",
    "scaffold",
]
