"""Adds up the scores of a session from its reports, whichever process made them."""

from __future__ import annotations

import msgspec
import pytest

from graders.plugin._checks import Outcome
from graders.plugin._told import write_lines
from graders.proctor import FAILED, GRADER_ERROR, PASSED, Verdict
from graders.reports import WIDTH, cause_lines, causes, score_lines

_CARRIED = "kata_outcome"
_WITHHELD = "withheld"


def carry_outcome(report: pytest.TestReport, outcome: Outcome) -> None:
    """Let a report carry an outcome, as plain data that may cross processes."""
    setattr(report, _CARRIED, msgspec.to_builtins(outcome))


class Scoreboard:
    """Registered as a plugin of the process that reports."""

    def __init__(self) -> None:
        self._outcomes: dict[str, dict[str, Outcome]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        carried = getattr(report, _CARRIED, None)
        if carried is None:
            return
        outcome = msgspec.convert(carried, Outcome)
        self._outcomes.setdefault(outcome.kata, {})[outcome.result.name] = outcome
        if report.failed and isinstance(report.longrepr, str):
            # It came from another process, as text: give it its colours back.
            report.longrepr = outcome.told()  # type: ignore[assignment]

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """Failures that wait for another check to pass: told together, in a few lines.

        They fail like any others; they only are not among those that pytest shows one
        by one.
        """
        carried = getattr(report, _CARRIED, None)
        if not report.failed or carried is None:
            return None
        if not msgspec.convert(carried, Outcome).result.withheld:
            return None
        return _WITHHELD, "w", (_WITHHELD.upper(), {"red": True})

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        if not self._outcomes:
            return
        short = terminalreporter.config.get_verbosity() < 0
        if not short:
            terminalreporter.section("score")
        for kata, by_name in self._outcomes.items():
            # Several processes report in the order in which they finish.
            outcomes = sorted(by_name.values(), key=lambda one: one.position)
            verdict = _verdict(kata, outcomes)
            if not short:
                _write_withheld(terminalreporter, verdict)
            lines = score_lines(
                verdict,
                short=short,
                not_run=outcomes[0].checks - len(outcomes),
            )
            write_lines(terminalreporter, lines)


def _write_withheld(reporter: pytest.TerminalReporter, verdict: Verdict) -> None:
    for cause in causes(verdict):
        if cause.withheld:
            lines = cause_lines(cause, min(reporter._tw.fullwidth, WIDTH))
            write_lines(reporter, [*lines, []])


def _verdict(kata: str, outcomes: list[Outcome]) -> Verdict:
    results = [outcome.result for outcome in outcomes]
    seed = outcomes[0].seed
    stopped = next((one.stopped for one in outcomes if one.stopped), None)
    if stopped is not None:
        status, finding = stopped
        return Verdict(kata, status, seed, results, finding.saw, finding)
    made = {result.outcome for result in results}
    if GRADER_ERROR in made:
        return Verdict(kata, GRADER_ERROR, seed, results)
    return Verdict(kata, PASSED if made == {PASSED} else FAILED, seed, results)
