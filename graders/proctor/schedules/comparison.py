"""Holds what a submission made of a plan against what the solution made of it.

The solution is the brief, executable. What a brief leaves open a property names as
`free`; nothing is compared within a tolerance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graders.proctor.checks.check import (
    ANSWERS,
    CALLS,
    DURATIONS,
    ERRORS,
    OUTCOMES,
    STATE,
)
from graders.proctor.exam.differences import difference
from graders.proctor.exam.plan import Answered, Ask, Made, Observation
from graders.proctor.verdict.findings import Bar, CheckFailed, Finding
from graders.wire import Site

if TYPE_CHECKING:
    from graders.proctor.exam.exam import Exam

_MOST_BARS = 12
_LONGEST = 36


@dataclass(frozen=True)
class Difference:
    """The first thing in which two observations differ, in a learner's words."""

    expected: str
    saw: str
    site: Site | None = None
    no_site: str = ""


def expect_same(
    exam: Exam,
    seen: Observation,
    promised: Observation,
    free: Collection[str],
    *,
    advice: str = "",
) -> None:
    """What was seen is what the brief promises.

    Args:
        exam: that of the submission; it knows the lines.
        promised: what the solution made of the same plan.
        free: of FREEDOMS, what the brief leaves open.
        advice: what to try; the check's hint when left out.

    Raises:
        CheckFailed: it is not.
    """
    if seen.asks != promised.asks:
        raise ValueError("a plan asks for something else on the solution: see its data")
    found = next(_differences(exam, seen, promised, free), None)
    if found is None:
        return
    raise CheckFailed(
        Finding(
            found.expected,
            found.saw,
            advice or exam.hint,
            found.site,
            exam.line_of(found.site),
            picture(seen),
            found.no_site,
        )
    )


def _differences(
    exam: Exam, seen: Observation, promised: Observation, free: Collection[str]
) -> Iterator[Difference]:
    places = range(len(seen.asks))
    errors = {n for n, one in enumerate(promised.answers) if one.status >= 400}
    skipped = errors if ERRORS in free else set()
    if CALLS not in free:
        # First: what a request asks for, it is answered.
        yield from _calls_of_others(exam, seen, promised, skipped)
    if ANSWERS not in free:
        yield from (one for n in places for one in _status(exam, seen, promised, n))
        yield from (one for n in places for one in _content(exam, seen, promised, n))
    if CALLS not in free:
        yield from _calls(exam, seen, promised, OUTCOMES in free, skipped)
    if DURATIONS not in free:
        for n in places:
            if n not in skipped:
                yield from _took(exam, seen, promised, n)
    if STATE not in free:
        yield from _state(exam, seen, promised)


# --- answers --------------------------------------------------------------------------


def _status(
    exam: Exam, seen: Observation, promised: Observation, place: int
) -> Iterator[Difference]:
    got, due = seen.answers[place], promised.answers[place]
    if got.status == due.status:
        return
    label, reply = request_label(seen.asks, place), seen.replies[place]
    if reply is None or not due.status:
        known = ("nobody", "an answer") if due.status == 0 else ("an answer", "nobody")
        yield Difference(
            f"{label}: {known[0]} at its end",
            known[1],
            exam.answer(reply.run) if reply is not None else None,
            no_site="no line sends what is missing",
        )
        return
    site = exam.answer(reply.run)
    saw = str(got.status)
    if reply.failure is not None:
        saw += f", because {reply.failure.error} was raised"
        site = reply.failure.site or site
    if _of_another(promised, place, got):
        saw += ", which is another request's answer"
        site = shared_line(exam) or site
    yield Difference(f"{label} answers {due.status}", saw, site)


def _content(
    exam: Exam, seen: Observation, promised: Observation, place: int
) -> Iterator[Difference]:
    found = difference(promised.answers[place].content, seen.answers[place].content)
    if found is None:
        return
    where, saw = found
    reply = seen.replies[place]
    site = exam.answer(reply.run, where) if reply is not None else None
    owner = _owner(promised, place, where, _at(seen.answers[place].content, where))
    if owner is not None:
        saw = f"what belongs to request {owner + 1}"
        site = shared_line(exam) or site
    label = request_label(seen.asks, place)
    noun = f"`{where}`" if where else "the body"
    yield Difference(f"{label}: {noun} is its own, as the brief says", saw, site)


def _took(
    exam: Exam, seen: Observation, promised: Observation, place: int
) -> Iterator[Difference]:
    got, due = seen.answers[place].took, promised.answers[place].took
    reply = seen.replies[place]
    if got == due or reply is None:
        return
    early = exam.causes.of_timer(reply.ended, reply.run) or exam.answer(reply.run)
    yield Difference(
        f"{request_label(seen.asks, place)} takes {due:g} s",
        f"{got:g} s",
        exam.cause_of_delay(reply, seen.records) if got > due else early,
    )


def _of_another(promised: Observation, place: int, got: Answered) -> bool:
    """Whether an answer is not this request's, but exactly another one's."""
    return got.content is not None and any(
        (other.status, other.content) == (got.status, got.content)
        for number, other in enumerate(promised.answers)
        if number != place
    )


def _owner(promised: Observation, place: int, where: str, value: Any) -> int | None:
    """The other request that this value at this place belongs to, if one does."""
    if value in (None, "", 0, True, False):
        return None
    for number, other in enumerate(promised.answers):
        if number != place and _at(other.content, where) == value:
            return number
    return None


def _at(content: Any, where: str) -> Any:
    """The value at a path as `difference` writes it; None where there is none."""
    for step in where.replace("[", ".[").split(".") if where else ():
        try:
            content = content[int(step[1:-1])] if step[:1] == "[" else content[step]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return content


# --- calls and what is stored ---------------------------------------------------------


def _calls(
    exam: Exam,
    seen: Observation,
    promised: Observation,
    any_outcome: bool,
    skipped: Collection[int],
) -> Iterator[Difference]:
    due = [made for made in promised.calls if made.ask not in skipped]
    ignored = [made for made in promised.calls if made.ask in skipped]
    pairs = zip(seen.calls, seen.records, strict=True)
    # Those that nobody knows whose they are take what is left.
    for made, record in sorted(pairs, key=lambda pair: pair[0].ask is None):
        if made.ask in skipped or any(_same(one, made) for one in ignored):
            continue
        same = [one for one in due if _same(one, made)]
        fitting = [one for one in same if any_outcome or one.outcome == made.outcome]
        if fitting:
            due.remove(fitting[0])
        elif same:
            yield Difference(
                f"{_maker(seen.asks, made)}: {made.name} ends {same[0].outcome}",
                made.outcome or "it was still in flight",
                record.site,
            )
        elif made.ask is not None or not skipped:
            yield _superfluous(seen, promised, made, record.site)
    for made in due:
        reply = None if made.ask is None else seen.replies[made.ask]
        site = None if reply is None else exam.endpoint(reply.run)
        expected = f"{_maker(seen.asks, made)} calls {made.name}"
        yield Difference(expected, "a call that is missing", site)


def _calls_of_others(
    exam: Exam, seen: Observation, promised: Observation, skipped: Collection[int]
) -> Iterator[Difference]:
    """Calls with what another request has sent."""
    for made, record in zip(seen.calls, seen.records, strict=True):
        alike = [
            one
            for one in promised.calls
            if (one.name, one.arguments) == (made.name, made.arguments)
        ]
        askers = {one.ask for one in alike}
        known = made.ask is not None and None not in askers
        own = not known or made.ask in skipped or made.ask in askers
        if alike and not own:
            yield Difference(
                f"{_maker(seen.asks, made)} calls {made.name} with what it has been "
                "asked",
                "it was called with what another request has sent",
                shared_line(exam) or record.site,
            )


def _superfluous(
    seen: Observation, promised: Observation, made: Made, site: Site | None
) -> Difference:
    """A call that the request does not need, or one too many."""
    maker = _maker(seen.asks, made)
    count = sum(_same(one, made) for one in seen.calls)
    enough = sum(_same(one, made) for one in promised.calls)
    if enough:
        return Difference(
            f"{maker} calls {made.name} {_times(enough)} with these arguments",
            _times(count),
            site,
        )
    return Difference(
        f"{maker} makes the calls that it needs", f"{made.name}, too", site
    )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _same(one: Made, other: Made) -> bool:
    """Whether two calls are the same but for how they ended.

    A pool that is given a function does not know for which request it runs it.
    """
    known = None not in (one.ask, other.ask)
    mine, theirs = (one.name, one.arguments), (other.name, other.arguments)
    return mine == theirs and (one.ask == other.ask or not known)


def _maker(asks: tuple[Ask, ...], made: Made) -> str:
    return "the service" if made.ask is None else request_label(asks, made.ask)


def _state(
    exam: Exam, seen: Observation, promised: Observation
) -> Iterator[Difference]:
    found = difference(promised.state, seen.state)
    if found is not None:
        where, saw = found
        noun = f"`{where}`" if where else "what is stored"
        yield Difference(
            f"in the end {noun} is as the brief says",
            saw,
            shared_line(exam),
            no_site="no single line stores it",
        )


# --- words and pictures ---------------------------------------------------------------


def shared_line(exam: Exam) -> Site | None:
    """Where a function writes what all requests share: the likeliest cause."""
    return next(iter(exam.code.writes_shared()), None)


def request_label(asks: tuple[Ask, ...], place: int) -> str:
    """A request as a learner finds it in the picture."""
    ask = asks[place]
    shown = f"{ask.method} {ask.target}"
    number = f"request {place + 1} of {len(asks)}" if len(asks) > 1 else "the request"
    when = f", at {ask.at:g} s" if len(asks) > 1 else ""
    return f"{number} ({shown[:_LONGEST]}{when})"


def picture(seen: Observation) -> list[Bar]:
    """The requests of a plan and the calls that they made, from its beginning."""
    drawn: list[Bar] = []
    for place, ask in enumerate(seen.asks):
        reply = seen.replies[place]
        name = f"{place + 1}: {ask.method} {ask.target}"[:_LONGEST]
        took = seen.answers[place].took if reply else ask.leaves or ask.cancelled or 0.0
        outcome = "answered" if reply else "cancelled"
        drawn.append(Bar(name, ask.at, round(ask.at + took, 6), outcome))
        drawn += [
            Bar(
                f"   {record.name}"[:_LONGEST],
                round(record.began - seen.began, 6),
                None if record.ended is None else round(record.ended - seen.began, 6),
                record.outcome or "in flight",
            )
            for made, record in zip(seen.calls, seen.records, strict=True)
            if made.ask == place
        ]
    return drawn[:_MOST_BARS]
