"""Whoever comes to the gate when: everybody is served as if alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

from graders.proctor import Ask, Exam, Observation, Raises, every_schedule, seconds
from graders.suites.async_or_def.world import COMPANIES, NAMES, request_for

_TROUBLES: tuple[tuple[Any, ...], ...] = ((), ("no paper",), ("jam", 3))


@dataclass(frozen=True)
class Errand:
    """What somebody wants at the gate, when, and how long it takes there (s).

    Attributes:
        what: as in `request_for`.
        fails: the visitor is not known, or the badge is not printed.
    """

    at: float
    what: str
    number: int
    takes: float
    fails: bool = False

    def ask(self) -> Ask:
        return Ask(*request_for(self.what, self.number), self.at)


def errands(draw: Random) -> tuple[Errand, ...]:
    numbers = draw.sample(range(1_000, 900_000), 4)
    # Some come at one moment, and most do not.
    moments = [seconds(draw, 2) for _ in range(2)]

    def errand(*whats: str) -> Errand:
        what = draw.choice(whats)
        # Nothing is said of a limit of time.
        takes = seconds(draw, 3, 0.5) if draw.random() < 0.9 else seconds(draw, 90, 30)
        fails = draw.random() < 0.2
        at = draw.choice((*moments, seconds(draw, 4)))
        return Errand(at, what, draw.choice(numbers), takes, fails)

    # Somebody always waits for the directory, and somebody for the printer.
    others = draw.randint(0, 4)
    return (
        errand("find"),
        errand("print"),
        *(errand("find", "print", "compute", "health") for _ in range(others)),
    )


class Gate:
    """The world of a plan: whatever it answers depends on the number alone."""

    def __init__(self, exam: Exam, plan: tuple[Errand, ...]) -> None:
        self._errands = {
            (one.what, one.number): one
            for one in reversed(plan)
            if one.what != "health"
        }
        services = exam.services
        services.find_visitor.answers(self._find).takes(
            lambda visitor_id: self.errand("find", visitor_id).takes
        )
        services.print_badge.answers(self._print).takes(
            lambda badge_id: self.errand("print", badge_id).takes
        )
        services.fingerprint.answers(lambda badge_id: f"{badge_id * 7919:064x}").takes(
            lambda badge_id: self.errand("compute", badge_id).takes
        )

    def errand(self, what: str, number: int) -> Errand:
        """The first of these errands: the others take as long, and fail as it does."""
        return self._errands.get((what, number), Errand(0.0, what, number, 0.0))

    def _find(self, visitor_id: int) -> dict[str, Any]:
        if self.errand("find", visitor_id).fails:
            raise Raises("VisitorNotFound", visitor_id)
        name, company = (those[visitor_id % len(those)] for those in (NAMES, COMPANIES))
        return {"id": visitor_id, "name": name, "company": company}

    def _print(self, badge_id: int) -> str:
        if self.errand("print", badge_id).fails:
            raise Raises("PrinterError", *_TROUBLES[badge_id % len(_TROUBLES)])
        return f"JOB-{badge_id * 31:x}"


@every_schedule(
    "concurrency",
    points=2,
    hint="What do two requests share in your module while both wait? A thread shares "
    "it, too.",
    plans=errands,
    # Nobody says that a fingerprint has to be computed twice, nor in which thread.
    free=("durations", "calls", "outcomes of calls"),
)
async def test_everybody_is_served_alone_at_any_time(
    exam: Exam, plan: tuple[Errand, ...]
) -> Observation:
    """Whoever comes when, every answer is its own, and nobody waits for another"""
    gate = Gate(exam, plan)
    seen = await exam.carry_out([one.ask() for one in plan])
    badges = [one for one in plan if one.what in ("print", "compute")]
    # Two badges may always be printed at once; more, and fingerprints, may wait.
    crowded = len(badges) > 2 or len({one.number for one in badges}) < len(badges)
    for one, reply in zip(plan, seen.replies, strict=True):
        assert reply is not None
        if crowded and one in badges:
            continue
        longest = gate.errand(one.what, one.number).takes
        exam.expect(
            reply.took <= longest,
            f"{reply.request} takes {longest:g} s, whoever else is at the gate",
            f"{reply.took:g} s",
            site=exam.cause_of_delay(reply, seen.records),
            timeline=seen.records,
        )
    _expect_printed_once(exam, plan, seen)
    return seen


def _expect_printed_once(
    exam: Exam, plan: tuple[Errand, ...], seen: Observation
) -> None:
    """Each request has printed its badge itself, and has tried so once."""
    prints = [record for record in seen.records if record.name == "print_badge"]
    printed = Counter(record.arguments["badge_id"] for record in prints)
    for number in {one.number for one in plan if one.what == "print"}:
        asked = [one for one in plan if (one.what, one.number) == ("print", number)]
        exam.expect(
            printed[number] == len(asked),
            f"a badge that is asked for {len(asked)} times is printed as often",
            f"it was printed {printed[number]} times",
            site=prints[:1],
            timeline=seen.records,
        )
