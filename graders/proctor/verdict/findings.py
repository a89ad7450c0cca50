"""Why a check failed: expected, saw, try."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec

from graders.wire import BEGINS, Site, without_folders

# Characters. A finding is a sentence, with a few words of what was seen.
_LONGEST = 1_000

_PLACES = {
    str(place)
    for path in (
        sys.prefix,
        sys.base_prefix,
        tempfile.gettempdir(),
        Path(__file__).parents[3],
        Path(os.path.expanduser("~")),
    )
    for place in (Path(path), Path(path).resolve())
    if len(place.parts) > 1
}
# Whatever lies in the folders of the grader, of Python, of the exams and of who grades.
_PATH = re.compile(
    rf"{BEGINS}(?:{'|'.join(map(re.escape, sorted(_PLACES, reverse=True)))})"
    r"(?:/[^\s'\"<>:,)]*|(?![^\s'\"<>:,;.)\]}]))"
)

CATEGORIES = ("awaits", "concurrency", "blocking", "resources", "timeouts", "errors")


# Numbers that a grading can come to, and the reports can draw. A stored verdict with
# others was changed by somebody.
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]

# The outcome of a bar that is no call: nothing else could run meanwhile.
BLOCKED = "blocked"


class Bar(msgspec.Struct, frozen=True):
    """One call on the timeline of a finding. Times are virtual seconds."""

    name: str
    began: Seconds
    ended: Seconds | None
    outcome: str = "answered"


class Wait(msgspec.Struct, frozen=True):
    """A task of the submission that waits for ever: where, and for what."""

    what: str
    site: Site
    line: str = ""

    def __post_init__(self) -> None:
        _shorten(self, "what")
        _cut(self, "line")


class Finding(msgspec.Struct, frozen=True):
    """What a learner is told about one failed check.

    Attributes:
        expected, saw: a few words each, without the check's title.
        advice: what to try, without giving the code away.
        site: the line of the learner's code, if one can be named.
        line: the text of that line.
        timeline: the calls, where time matters.
        waits: after a deadlock, who waits for what.
        left_out: how many calls more there were than the timeline holds.
        no_site: why no line can be named, where none can.
    """

    expected: str
    saw: str
    advice: str = ""
    site: Site | None = None
    line: str = ""
    timeline: list[Bar] = []
    no_site: str = ""
    waits: list[Wait] = []
    left_out: Count = 0

    def __post_init__(self) -> None:
        _shorten(self, "expected", "saw")
        _cut(self, "line")


def _shorten(told: msgspec.Struct, *names: str) -> None:
    # An error's text may hold a stack, and a hostile one whole pages.
    for name in names:
        text = sendable(without_paths(getattr(told, name))[:_LONGEST])
        msgspec.structs.force_setattr(told, name, text)


def _cut(told: msgspec.Struct, name: str) -> None:
    # The learner's own text stays as it stands there.
    msgspec.structs.force_setattr(told, name, getattr(told, name)[:_LONGEST])


def without_paths(text: str) -> str:
    """The text with file names instead of the paths of this machine."""
    # A submission is a module somewhere, and so is all that it imports.
    text = without_folders(text)
    return _PATH.sub(lambda path: path.group().rstrip("/").rpartition("/")[2], text)


def sendable(text: str) -> str:
    """The text with an escape for each half of a character, which JSON may hold."""
    return text.encode("utf-8", "backslashreplace").decode()


class CheckFailed(Exception):
    """Raised by an expectation that does not hold."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.expected)
        self.finding = finding
