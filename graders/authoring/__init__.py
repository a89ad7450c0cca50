"""For who writes katas: `kata verify` proves them, `kata new` starts one."""

from graders.authoring._commands import add_commands
from graders.authoring._judging import Judged, Plan
from graders.authoring._mutants import Mutant, mutants
from graders.authoring._odd_answers import odd_answers
from graders.authoring._problems import Problem
from graders.authoring._scaffold import ScaffoldError, scaffold
from graders.authoring._verify import Report, Verification

__all__ = [
    "Judged",
    "Mutant",
    "Plan",
    "Problem",
    "Report",
    "ScaffoldError",
    "Verification",
    "add_commands",
    "mutants",
    "odd_answers",
    "scaffold",
]
