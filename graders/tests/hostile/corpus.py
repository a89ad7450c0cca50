"""Reads the corpus, and looks from outside at what a submission leaves behind."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from graders.proctor import REFERENCE, Kata, Submission, Verdict

HOSTILE = REFERENCE / "hostile"
_PLACE = "# <app>"


def trick(name: str) -> str:
    """The text of one file of the corpus."""
    return (HOSTILE / f"{name}.py").read_text(encoding="utf-8")


def compose(name: str, application: Path) -> str:
    """A trick with an application at its place; behind it where none is marked."""
    text, app = trick(name), application.read_text(encoding="utf-8")
    return text.replace(_PLACE, app) if _PLACE in text else text + app


def solution(kata: Kata) -> Path:
    return kata.reference / "solution.py"


def as_submission(source: str) -> Submission:
    return Submission(Path("/handed/in/app.py"), "app.py", source)


def told(verdict: Verdict) -> list[str]:
    """Everything that the learner reads, sentence by sentence."""
    findings = [found for result in verdict.results for found in result.findings]
    if verdict.finding is not None:
        findings.append(verdict.finding)
    texts = [verdict.reason]
    for one in findings:
        texts += [one.expected, one.saw, one.advice, one.line, one.no_site]
    return [text for text in dict.fromkeys(texts) if text]


def parent_of(process: int) -> int:
    """The number of the process that a process was forked from, or has been left to."""
    state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    # After its name, which may hold anything.
    return int(state.rpartition(")")[2].split()[1])


class Mark:
    """Marks every process that comes from here, by a word in its environment."""

    def __init__(self) -> None:
        self.word = f"/nowhere/{uuid.uuid4().hex}"

    def processes(self) -> set[int]:
        """The processes that bear the mark, dead ones that wait to be reaped too."""
        found = set()
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self.word.encode() in path.read_bytes():
                    found.add(int(path.parent.name))
            except OSError:
                continue
        return found - {os.getpid()}
