"""What a suite may expect. One that fails says what was expected and what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, Protocol

from graders.proctor.driver.reply import Reply
from graders.proctor.exam.clock import Clock
from graders.proctor.exam.delays import Causes
from graders.proctor.exam.differences import difference
from graders.proctor.exam.host_reports import HostReports
from graders.proctor.exam.lines import Lines
from graders.proctor.exam.timelines import bars
from graders.proctor.exam.wrong_status import cause_of_status
from graders.proctor.submission.code import Code
from graders.proctor.verdict.findings import CheckFailed, Finding
from graders.proctor.world.calls import CallLog, CallRecord, peak
from graders.wire import Site


class HasSite(Protocol):
    """A call, a connection, evidence: what knows the learner's line that made it."""

    @property
    def site(self) -> Site | None: ...


# The line to show, or several, of which the first that there is will be shown.
Cause = Site | HasSite | None | Sequence[Site | HasSite | None]

_MOST_BARS = 24


class Expectations:
    """Args:
    hint: what to try when a check fails, unless it says so better.
    clock: knows when the event loop was held up.
    calls: the log of calls.
    code: the submission's text.
    lines: knows which line answers a request.
    causes: lines that explain why something came late or early.
    reports: what the host's instruments have reported.
    """

    def __init__(
        self,
        hint: str,
        *,
        clock: Clock,
        calls: CallLog,
        code: Code,
        lines: Lines,
        causes: Causes,
        reports: HostReports,
    ) -> None:
        self._hint = hint
        self._clock = clock
        self._calls = calls
        self._code = code
        self._lines = lines
        self._causes = causes
        self._reports = reports

    # --- the general form -------------------------------------------------------------

    def fail(
        self,
        expected: str,
        saw: str,
        *,
        advice: str = "",
        site: Cause = None,
        timeline: Iterable[CallRecord] | None = None,
        no_site: str = "",
    ) -> NoReturn:
        """Fail the check.

        Args:
            expected, saw: a few words each.
            advice: what to try; the check's hint when left out.
            site: the learner's line that holds the cause; of several, the first that
                there is, and of a call and its like, where it was made.
            timeline: calls to draw, with what held the event loop up; None where
                time does not matter.
            no_site: why no line can be named.

        Raises:
            CheckFailed: always.
        """
        drawn = [] if timeline is None else bars(timeline, self._clock.held_up)
        line = first_site(site)
        raise CheckFailed(
            Finding(
                expected,
                saw,
                advice or self._hint,
                line,
                self._lines.line_of(line),
                drawn[:_MOST_BARS],
                no_site,
                left_out=len(drawn[_MOST_BARS:]),
            )
        )

    def expect(
        self,
        condition: bool,
        expected: str,
        saw: str,
        *,
        advice: str = "",
        site: Cause = None,
        timeline: Iterable[CallRecord] | None = None,
        no_site: str = "",
    ) -> None:
        """Fail the check unless `condition` holds; the rest as for `fail`."""
        if not condition:
            self.fail(
                expected,
                saw,
                advice=advice,
                site=site,
                timeline=timeline,
                no_site=no_site,
            )

    # --- replies ----------------------------------------------------------------------

    def expect_status(self, reply: Reply, status: int, *, advice: str = "") -> None:
        """The reply has this status."""
        if reply.status == status:
            return
        site, advice = cause_of_status(
            reply, status, self._code, self._lines.answer(reply.run), advice
        )
        self.fail(
            f"{reply.request} answers {status}", reply.told, advice=advice, site=site
        )

    def expect_json(
        self, reply: Reply, value: Any, *, source: str = "the brief", advice: str = ""
    ) -> None:
        """The reply's body is this JSON value.

        Args:
            value: the whole body; never shown.
            source: where the right values come from, in the brief's words.
        """
        body = self.json_of(reply)
        found = difference(value, body)
        if found is not None:
            where, saw = found
            place = f"`{where}`" if where else "the body"
            self.fail(
                f"{reply.request}: {place} as {source} says",
                saw,
                advice=advice,
                site=self._lines.answer(reply.run, where),
            )

    def json_of(self, reply: Reply) -> Any:
        """The reply's body as JSON, or a failed check."""
        try:
            return reply.json()
        except (ValueError, RecursionError) as exc:
            text = str(exc) if "not JSON" in str(exc) else reply.text[:80]
            self.fail(
                f"{reply.request} answers with JSON",
                f"{text!r}",
                site=self._lines.answer(reply.run),
            )

    def expect_took(
        self,
        reply: Reply,
        seconds: float,
        *,
        advice: str = "",
        calls: Sequence[CallRecord] | None = None,
    ) -> None:
        """The last byte came exactly so many virtual seconds after the request."""
        if reply.took == seconds:
            return
        shown = list(self._calls) if calls is None else list(calls)
        site = (
            self.cause_of_delay(reply, shown)
            if reply.took > seconds
            else self._causes.of_timer(reply.ended, reply.run)
            or self._lines.answer(reply.run)
        )
        self.fail(
            f"{seconds:g} s",
            f"{reply.took:g} s",
            advice=advice,
            site=site,
            timeline=shown,
        )

    def cause_of_delay(self, reply: Reply, calls: Sequence[CallRecord]) -> Site | None:
        """The line because of which a reply came late.

        What held up the event loop, then what waited for its turn, then a timer that
        ended with the reply, then calls that followed one another.
        """
        ours = [call for call in calls if call.run == reply.run and call.lines]
        return (
            self._reports.blocker
            or self._causes.of_turns(reply.began, reply.ended)
            or self._causes.of_timer(reply.ended, reply.run)
            or self._causes.of_sequence(ours or calls)
            or self._lines.endpoint(reply.run)
        )

    def expect_peak(
        self, count: int, calls: Sequence[CallRecord], *, advice: str = ""
    ) -> None:
        """So many of these calls were in flight at once, no more and no fewer."""
        highest = peak(calls)
        if highest != count:
            began = min((call.began for call in calls), default=0.0)
            ended = max((call.began for call in calls), default=0.0)
            turns = self._causes.of_turns(began, ended) if highest < count else None
            self.fail(
                f"{count} calls in flight at once",
                f"{highest}",
                advice=advice,
                site=self._reports.blocker or turns or self._causes.of_sequence(calls),
                no_site="" if calls else "no call arrived",
                timeline=calls,
            )


def first_site(cause: Cause) -> Site | None:
    """The first line that there is, of those that a finding might show."""
    for one in cause if isinstance(cause, Sequence) else [cause]:
        site = one if isinstance(one, Site | None) else one.site
        if site is not None:
            return site
    return None
