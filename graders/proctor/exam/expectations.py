"""What a suite may expect. One that fails says what was expected and what was seen."""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from graders.proctor.driver.driver import Reply
from graders.proctor.verdict.findings import Bar, CheckFailed, Finding
from graders.proctor.verdict.known_errors import known_error
from graders.proctor.world.calls import CallRecord, peak
from graders.wire import Evidence, Failure, Site

if TYPE_CHECKING:
    from graders.proctor.exam.delays import Causes
    from graders.proctor.submission.code import Code
    from graders.proctor.world.calls import CallLog


class HasSite(Protocol):
    """A call, a connection, evidence: what knows the learner's line that made it."""

    @property
    def site(self) -> Site | None: ...


# The line to show, or several, of which the first that there is will be shown.
Cause = Site | HasSite | None | Sequence[Site | HasSite | None]

_MOST_BARS = 24
_FIRST = "Make the request succeed first; what this check is about comes after."
_CAUGHT_SLIP = (
    "This line itself is wrong, and a clause that is there for other errors has caught "
    "that as well. Mend the line, and let the clause name what it is for."
)

# Not those that tell of the world: OSError with TimeoutError, and groups.
_OF_PYTHON = {
    name
    for name, error in vars(builtins).items()
    if isinstance(error, type)
    and issubclass(error, Exception)
    and not issubclass(error, OSError | BaseExceptionGroup)
}
# What is no answer of anybody's, but a slip of the pen.
_MISTAKES = {
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
    "NameError",
    "TypeError",
    "UnboundLocalError",
}


class Expectations:
    """Mixed into the exam; the attributes below are the exam's."""

    hint: str
    calls: CallLog
    evidence: list[Evidence]
    causes: Causes
    code: Code

    if TYPE_CHECKING:

        def endpoint(self, exchange_or_run: int) -> Site | None: ...

        def answer(self, run: int, path: str = "") -> Site | None: ...

        def line_of(self, site: Site | None) -> str: ...

        @property
        def held_up(self) -> list[Bar]: ...

    @property
    def blocker(self) -> Site | None:
        """The line that held the event loop up, if one did."""
        sites = [item.site for item in self.evidence if item.kind == "blocked"]
        return sites[0] if sites else None

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
        drawn = [] if timeline is None else bars(timeline, self.held_up)
        line = first_site(site)
        raise CheckFailed(
            Finding(
                expected,
                saw,
                advice or self.hint,
                line,
                self.line_of(line),
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
        site = self.answer(reply.run)
        if reply.failure is not None:
            site = self._letting_out(reply.failure.first or reply.failure) or site
            advice = _advice_on(reply.failure, status, advice)
        elif site is not None:
            # An answer that a clause gives: it has caught what is not its business.
            site = self.code.handler(site) or site
        if reply.caught is not None:
            site = self._hidden(reply.caught) or site
            advice = _advice_on_caught(reply.caught, advice)
        self.fail(
            f"{reply.request} answers {status}", reply.told, advice=advice, site=site
        )

    def _hidden(self, caught: Failure) -> Site | None:
        """The line of a mistake that somebody has caught together with other errors."""
        known = known_error(caught)
        if known is not None and known.set_by:
            return next((site for site in self.code.gives(*known.set_by)), caught.site)
        mistaken = _is_slip(caught) or (known and not known.of_the_world)
        return caught.site if mistaken else None

    def _letting_out(self, failure: Failure) -> Site | None:
        """Where an error was raised, or the clause that might have caught it.

        What Python itself raises is most often a mistake of that very line.
        """
        if failure.site is None or failure.error in _OF_PYTHON:
            return failure.site
        clauses = self.code.clauses(failure.site) or self.code.guards(failure.site)
        return [failure.site, *clauses][-1]

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
                site=self.answer(reply.run, where),
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
                site=self.answer(reply.run),
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
        shown = list(self.calls) if calls is None else list(calls)
        site = (
            self.cause_of_delay(reply, shown)
            if reply.took > seconds
            else self.causes.of_timer(reply.ended, reply.run) or self.answer(reply.run)
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
            self.blocker
            or self.causes.of_turns(reply.began, reply.ended)
            or self.causes.of_timer(reply.ended, reply.run)
            or self.causes.of_sequence(ours or calls)
            or self.endpoint(reply.run)
        )

    def expect_peak(
        self, count: int, calls: Sequence[CallRecord], *, advice: str = ""
    ) -> None:
        """So many of these calls were in flight at once, no more and no fewer."""
        highest = peak(calls)
        if highest != count:
            began = min((call.began for call in calls), default=0.0)
            ended = max((call.began for call in calls), default=0.0)
            turns = self.causes.of_turns(began, ended) if highest < count else None
            self.fail(
                f"{count} calls in flight at once",
                f"{highest}",
                advice=advice,
                site=self.blocker or turns or self.causes.of_sequence(calls),
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


def _is_slip(failure: Failure) -> bool:
    return failure.own and failure.error in _MISTAKES


def _advice_on(failure: Failure, status: int, advice: str) -> str:
    """What to try when an error left the application.

    Args:
        status: that which was expected. About an error that the service has to expect,
            and about what it answers then, the check itself knows more.
    """
    known = known_error(failure)
    if known is not None and not known.of_the_world:
        return known.advice
    if status < 400:
        # The check's own hint is about what would have come next.
        return advice or (known.advice if known is not None else _FIRST)
    return advice


def _advice_on_caught(failure: Failure, advice: str) -> str:
    """What to try when somebody has caught an error and answers with something else."""
    known = known_error(failure)
    if known is not None and not known.of_the_world:
        return known.advice
    return _CAUGHT_SLIP if _is_slip(failure) else advice


def bars(calls: Iterable[CallRecord], held_up: Sequence[Bar] = ()) -> list[Bar]:
    """Calls as a timeline; those of one instant in the order of their names.

    Args:
        held_up: stretches during which the event loop was held up; a call that did
            so itself is drawn once.
    """
    held = {(bar.name, bar.began) for bar in held_up}
    drawn = [
        Bar(call.name, call.began, call.ended, call.outcome or "in flight")
        for call in calls
        if not (call.on_loop and (call.name, call.began) in held)
    ]
    drawn += held_up
    return sorted(drawn, key=lambda bar: (bar.began, bar.name))


def difference(expected: Any, got: Any, path: str = "") -> tuple[str, str] | None:
    """Where two JSON values differ first, and what stands there."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in expected:
            inner = f"{path}.{key}" if path else str(key)
            if key not in got:
                return inner, "it is missing"
            found = difference(expected[key], got[key], inner)
            if found is not None:
                return found
        extra = sorted(set(got) - set(expected))
        if extra:
            return path, f"a key too many: {extra[0][:60]!r}"
        return None
    if isinstance(expected, list) and isinstance(got, list):
        for position, (left, right) in enumerate(zip(expected, got, strict=False)):
            found = difference(left, right, f"{path}[{position}]")
            if found is not None:
                return found
        if len(expected) != len(got):
            return path, f"{len(got)} items"
        return None
    same = expected == got and isinstance(expected, bool) == isinstance(got, bool)
    return None if same else (path, json.dumps(got)[:120])
