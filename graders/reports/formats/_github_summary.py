"""The summary of a step on GitHub: Markdown for GITHUB_STEP_SUMMARY."""

from __future__ import annotations

import re

from graders.proctor import GRADER_ERROR, PASSED, Verdict
from graders.reports._lines import escape
from graders.reports._remarks import remarks
from graders.reports.formats._told import drawn, names, stop, total, was_run

# GitHub refuses more than 1 MiB for each step.
MAX_BYTES = 2**20
_ROOM = MAX_BYTES - 512
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def github_summary(verdict: Verdict) -> str:
    """The score by category, then what did not pass and why, then what passed."""
    sections = [f"## {_inline(total(verdict))}\n"]
    if verdict.learner:
        sections.append(f"{_code(verdict.learner)}\n")
    for text in (stop(verdict), "\n".join(remarks(verdict))):
        sections += [_fence(text)] if text else []
    if was_run(verdict):
        sections.append(_table(verdict))
        pairs = list(zip(names(verdict.results), verdict.results, strict=True))
        for name, result in pairs:
            if result.outcome not in (PASSED, GRADER_ERROR):
                score = f"{result.score}/{result.points}"
                sections.append(f"### ✗ {_inline(name)}: {_inline(score)}\n")
                sections.append(_fence(drawn(result)))
        passed = [name for name, result in pairs if result.outcome == PASSED]
        if passed:
            sections.append("".join(f"- ✓ {_inline(name)}\n" for name in passed))
    return _cut(sections)


def _table(verdict: Verdict) -> str:
    rows = [
        f"| {_inline(name) or 'score'} | {score}/{points} |\n"
        for name, (score, points) in verdict.by_category().items()
    ]
    return "| category | score |\n|---|---|\n" + "".join(rows)


def _cut(sections: list[str]) -> str:
    """Whole sections, as many as GitHub takes."""
    text = ""
    size = 0
    for number, section in enumerate(sections):
        size += len(section.encode()) + 1
        if size > _ROOM:
            return f"{text}{len(sections) - number} parts are left out: too long.\n"
        text += f"{section}\n"
    return text


def _inline(text: str) -> str:
    """Text of ours on one line, as it is."""
    # "@" escaped would still be somebody's name, or an address.
    return _PUNCTUATION.sub(r"\\\1", escape(text)).replace("\\@", "`@`")


def _code(text: str) -> str:
    """Text of anybody on one line, as it is."""
    shown = escape(text)
    ticks = "`" * (_longest_run(shown) + 1)
    return f"{ticks} {shown} {ticks}"


def _fence(text: str) -> str:
    """Text of anybody, as it is; escaped already but for its line ends."""
    ticks = "`" * max(_longest_run(text) + 1, 3)
    return f"{ticks}text\n{text}\n{ticks}\n"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
