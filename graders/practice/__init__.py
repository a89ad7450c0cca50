"""The terminal for learners: `kata list`, `watch`, `hint`, `reset` and `show`."""

from graders.practice._commands import add_commands, tell_notes
from graders.practice._progress import Notebook, Progress, Record
from graders.practice._stubs import STUBS, StubError, kept_stub, reset

__all__ = [
    "STUBS",
    "Notebook",
    "Progress",
    "Record",
    "StubError",
    "add_commands",
    "kept_stub",
    "reset",
    "tell_notes",
]
