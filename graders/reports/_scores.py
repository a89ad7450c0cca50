"""The score of a verdict, by category and in all."""

from __future__ import annotations

from graders.proctor import GRADER_ERROR, PASSED, Verdict
from graders.reports._causes import causes
from graders.reports._findings import cause_lines, result_lines, stopped_lines
from graders.reports._lines import WIDTH, Line, Role, escape, wrap
from graders.reports._remarks import headline, remarks


def score_lines(
    verdict: Verdict, *, short: bool = False, not_run: int = 0
) -> list[Line]:
    """Score and points of each category, and the total.

    Args:
        short: everything on one line.
        not_run: how many checks were left out of this run.
    """
    role: Role = "good" if verdict.status == PASSED else "bad"
    total = f"{verdict.score}/{verdict.points}"
    table = verdict.by_category()
    # The sum alone, where that is all the feedback there is, has no category.
    table.pop("", None)
    left_out = f"{not_run} checks were not run" if not_run else ""
    if short:
        parts = [f"{name} {score}/{of}" for name, (score, of) in table.items()]
        parts += [left_out] if left_out else []
        heading: Line = [(f"{verdict.kata} ", ""), (total, role)]
        return [[*heading, (f"  ({', '.join(parts)})", "")]]
    margin = max(len(name) for name in (*table, verdict.kata))
    lines: list[Line] = []
    for name, (score, of) in table.items():
        lines.append([(f"  {name.ljust(margin)}", ""), *_bar(score, of)])
    status = "" if verdict.status == PASSED else f"  {escape(verdict.status)}"
    seed = f"   seed {escape(verdict.seed)}"
    lines.append(
        [(f"  {verdict.kata.ljust(margin)}  ", "strong"), (total + status, role)]
    )
    lines[-1].append((seed + (f"   {left_out}" if left_out else ""), "dim"))
    return lines


def _bar(score: int, of: int) -> Line:
    role: Role = "good" if score == of else "bad"
    return [(f"  {score}/{of}", role)]


def verdict_lines(verdict: Verdict, width: int = WIDTH) -> list[Line]:
    """Everything there is to say about one submission, what went wrong first.

    Args:
        width: columns there are.
    """
    lines: list[Line] = []
    if verdict.finding is not None:
        lines += stopped_lines(verdict.status, verdict.finding, width)
    else:
        for result in verdict.results:
            if result.outcome == GRADER_ERROR:
                lines += [*result_lines(result, width), []]
        for cause in causes(verdict):
            lines += [*cause_lines(cause, width), []]
        for result in verdict.results:
            if result.outcome == PASSED:
                lines += result_lines(result, width)
    if lines and lines[-1]:
        lines.append([])
    return lines + _remark_lines(verdict, width) + score_lines(verdict)


def _remark_lines(verdict: Verdict, width: int) -> list[Line]:
    """What there is to say about the submission as a whole."""
    told = remarks(verdict)
    if verdict.finding is None and verdict.reason:
        told.insert(0, headline(verdict))
    lines: list[Line] = []
    for text in told:
        first, *rest = wrap(text, width - 4)
        lines.append([("  ! ", "bad"), (first, "strong")])
        lines += [[("    " + line, "strong")] for line in rest]
    return [*lines, []] if lines else []
