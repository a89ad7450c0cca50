"""`kata pack`: katas for learners and candidates, graders for Gradescope and CI."""

from graders.packs._archive import PackError, write_pack, zipped
from graders.packs._autograding import autograde, never_graded
from graders.packs._ci import github_files, gitlab_files
from graders.packs._commands import add_commands
from graders.packs._gradescope import gradescope_files
from graders.packs._learner import learners_files
from graders.packs._result import result_page
from graders.packs._settings import Settings
from graders.packs._takehome import (
    candidates_name,
    interviewers_note,
    seed_for,
    takehome_files,
)

__all__ = [
    "PackError",
    "Settings",
    "add_commands",
    "autograde",
    "candidates_name",
    "github_files",
    "gitlab_files",
    "gradescope_files",
    "interviewers_note",
    "learners_files",
    "never_graded",
    "result_page",
    "seed_for",
    "takehome_files",
    "write_pack",
    "zipped",
]
