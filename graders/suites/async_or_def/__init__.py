"""Visitor badges: what may run on the event loop, and what may not."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

from graders.proctor import (
    Ask,
    Exam,
    Observation,
    Raises,
    Reply,
    check,
    every_schedule,
    seconds,
)

_NAMES = ("Ines Duarte", "Tomasz Wilk", "Noor Rahman", "Ada Moreau", "Samir Haddad")
_COMPANIES = ("Halvorsen Marine", "Brightwater Labs", "Kestrel Optics", "Okafor & Sons")


def world(exam: Exam) -> None:
    day = exam.random.randrange(16**6)
    exam.services.print_badge.answers(lambda badge_id: f"JOB-{day:06x}-{badge_id}")
    exam.services.fingerprint.answers(lambda badge_id: f"{badge_id * day:064x}")
    exam.services.find_visitor.fails("VisitorNotFound")


def _numbers(exam: Exam, count: int) -> list[int]:
    """Numbers of visitors or badges, none twice."""
    return exam.random.sample(range(1_000, 9_000), count)


def _expect_visitors(exam: Exam, count: int) -> list[dict[str, Any]]:
    """Let the directory know so many visitors, and nobody else."""
    visitors = [
        {
            "id": number,
            "name": exam.random.choice(_NAMES),
            "company": exam.random.choice(_COMPANIES),
        }
        for number in _numbers(exam, count)
    ]
    known = {visitor["id"]: visitor for visitor in visitors}

    def find_visitor(visitor_id: int) -> dict[str, Any]:
        if visitor_id not in known:
            raise Raises("VisitorNotFound", visitor_id)
        return known[visitor_id]

    exam.services.find_visitor.answers(find_visitor)
    return visitors


async def _expect_healthy_at_once(exam: Exam) -> None:
    health = await exam.get("/health")
    exam.expect_status(health, 200)
    exam.expect_json(health, {"status": "ok"})
    exam.expect_took(health, 0.0)


@check(
    "awaits",
    points=2,
    hint="What does each of the three functions return, and what does the table in the "
    "brief say should be done with it?",
)
async def test_every_endpoint_answers_with_what_its_service_returned(
    exam: Exam,
) -> None:
    """Every endpoint answers with what its service returned."""
    (visitor,) = _expect_visitors(exam, 1)
    badge, other = _numbers(exam, 2)
    job = f"A-{exam.random.randrange(10**6)}"
    exam.services.print_badge.answers(job)
    digits = f"{exam.random.getrandbits(256):064x}"
    exam.services.fingerprint.answers(digits)

    health = await exam.get("/health")
    found = await exam.get(f"/visitors/{visitor['id']}")
    printed = await exam.post(f"/badges/{badge}/print")
    computed = await exam.get(f"/badges/{other}/fingerprint")

    exam.expect_status(health, 200)
    exam.expect_json(health, {"status": "ok"})
    exam.expect_status(found, 200)
    exam.expect_json(found, visitor, source="the directory")
    exam.expect_status(printed, 201)
    exam.expect_json(printed, {"badge": badge, "job": job}, source="the printer")
    exam.expect_status(computed, 200)
    exam.expect_json(
        computed, {"badge": other, "fingerprint": digits}, source="fingerprint()"
    )


@check(
    "blocking",
    points=3,
    hint="The SDK waits for the printer and lets nothing else run on its thread. On "
    "which thread does your endpoint call it?",
)
async def test_health_answers_while_a_badge_is_printed(exam: Exam) -> None:
    """`/health` answers while the printer is at work."""
    first, second = _numbers(exam, 2)
    exam.expect_status(await exam.post(f"/badges/{first}/print"), 201)

    with exam.services.print_badge.gate():
        printing = exam.start("POST", f"/badges/{second}/print")
        await exam.calls_in_flight(1, "print_badge")
        await _expect_healthy_at_once(exam)

    exam.expect_status(await printing.reply(), 201)


@check(
    "blocking",
    points=3,
    hint="The processor can compute on one thread and answer on another. On which "
    "thread does your endpoint compute?",
)
async def test_health_answers_while_a_fingerprint_is_computed(exam: Exam) -> None:
    """`/health` answers while a fingerprint is computed."""
    first, second = _numbers(exam, 2)
    exam.expect_status(await exam.get(f"/badges/{first}/fingerprint"), 200)

    with exam.services.fingerprint.gate():
        computing = exam.start("GET", f"/badges/{second}/fingerprint")
        await exam.calls_in_flight(1, "fingerprint")
        await _expect_healthy_at_once(exam)

    exam.expect_status(await computing.reply(), 200)


_FAILURES = 120
_VISITORS = 60
# More than FastAPI has threads for `def`, and more than a round number of them.
_COMPUTED, _PRINTED = 45, 105


@check(
    "blocking",
    points=1,
    hint="Threads are few. Who needs one, and who gets none while all of them are "
    "busy?",
)
async def test_a_crowd_at_the_printer_keeps_nobody_else_waiting(exam: Exam) -> None:
    """Many badges at once keep neither `/health` nor a lookup waiting."""
    (visitor,) = _expect_visitors(exam, 1)
    exam.services.find_visitor.takes(0.75)
    printing = exam.services.print_badge, "POST", "print", 201, "job"
    computing = exam.services.fingerprint, "GET", "fingerprint", 200, "fingerprint"
    for count, (what, method, target, status, key) in (
        (_PRINTED, printing),
        (_COMPUTED, computing),
    ):
        what.answers(lambda badge_id: f"{badge_id * 31:064x}").takes(3)
        badges = _numbers(exam, count)
        crowd = [exam.start(method, f"/badges/{badge}/{target}") for badge in badges]
        await exam.sleep(1.125)
        health, found = await asyncio.gather(
            exam.get("/health"), exam.get(f"/visitors/{visitor['id']}")
        )

        for reply, due in ((health, 0.0), (found, 0.75)):
            exam.expect_status(reply, 200)
            exam.expect(
                reply.took == due,
                f"{reply.request} takes {due:g} s while {count} others need a thread",
                f"{reply.took:g} s",
                site=exam.blocker or exam.endpoint(reply.run),
                timeline=exam.calls.of("find_visitor"),
            )
        for exchange, badge in zip(crowd, badges, strict=True):
            reply = await exchange.reply()
            exam.expect_status(reply, status)
            own = {"badge": badge, key: f"{badge * 31:064x}"}
            _expect_own_badge(exam, reply, own)


def _expect_own_badge(exam: Exam, reply: Reply, own: dict[str, Any]) -> None:
    exam.expect(
        exam.json_of(reply) == own,
        f"{reply.request} answers with its own badge, and with what belongs to it",
        reply.text[:80],
        site=next(iter(exam.code.writes_shared()), None) or exam.answer(reply.run),
    )


@check(
    "concurrency",
    points=2,
    hint="The event loop can wait for any number of lookups at once. What makes one of "
    "yours wait for another: a loop, a lock, or a thread that is not free?",
)
async def test_sixty_visitors_are_looked_up_at_the_same_time(exam: Exam) -> None:
    """Sixty visitors are looked up in the time of one."""
    visitors = _expect_visitors(exam, _VISITORS)
    lookup = exam.random.choice((0.5, 0.75, 1.25))
    exam.services.find_visitor.takes(lookup)

    replies = await asyncio.gather(
        *[exam.get(f"/visitors/{visitor['id']}") for visitor in visitors]
    )

    for reply, visitor in zip(replies, visitors, strict=True):
        exam.expect_status(reply, 200)
        exam.expect_json(reply, visitor, source="the directory")
    slowest = max(replies, key=lambda reply: reply.took)
    exam.expect_took(slowest, lookup)


@check(
    "concurrency",
    points=2,
    hint="Which line can only one badge pass at a time, and what is it that opens it "
    "for the next one?",
)
async def test_two_badges_are_printed_at_the_same_time(exam: Exam) -> None:
    """Two badges are printed in the time of one."""
    badges = _numbers(exam, 2)
    seconds = exam.random.choice((1.5, 2.0, 2.5))
    exam.services.print_badge.takes(seconds)

    replies = await asyncio.gather(
        *[exam.post(f"/badges/{badge}/print") for badge in badges]
    )

    for reply in replies:
        exam.expect_status(reply, 201)
    slowest = max(replies, key=lambda reply: reply.took)
    seen = exam.blocker or exam.causes.of_turns(slowest.began, slowest.ended)
    # A wait in a thread is not seen: a lock that the text makes is what can explain it.
    locks = exam.code.calls("Lock", "RLock", "Semaphore", "BoundedSemaphore")
    if slowest.took > seconds and seen is None and locks:
        exam.fail(
            f"{seconds:g} s", f"{slowest.took:g} s", site=locks[0], timeline=exam.calls
        )
    exam.expect_took(slowest, seconds)


@check(
    "errors",
    points=2,
    hint="Which exception does the directory raise for a visitor that it does not "
    "know, and which status does the brief ask for then?",
)
async def test_an_unknown_visitor_is_not_found(exam: Exam) -> None:
    """A visitor whom the directory does not know is a 404."""
    (visitor,) = _expect_visitors(exam, 1)

    # However many they are, the directory knows the next one.
    unknown = [exam.start("GET", f"/visitors/{10_000 + n}") for n in range(_VISITORS)]
    for exchange in unknown:
        exam.expect_status(await exchange.reply(), 404)
    exam.expect_status(await exam.get(f"/visitors/{visitor['id']}"), 200)


@check(
    "errors",
    points=2,
    hint="Which exception does the SDK raise when it cannot print, and which status "
    "does the brief ask for then?",
)
async def test_a_failing_printer_is_a_bad_gateway(exam: Exam) -> None:
    """A printer that fails is a 502, and the next badge can be printed."""
    jammed, badge = _numbers(exam, 2)
    torn = True

    def print_badge(badge_id: int) -> str:
        if badge_id == jammed and torn:
            raise Raises("PrinterError", "the ribbon is torn")
        return f"JOB-{badge_id}"

    exam.services.print_badge.answers(print_badge)

    exam.expect_status(await exam.post(f"/badges/{jammed}/print"), 502)
    exam.expect_status(await exam.post(f"/badges/{badge}/print"), 201)
    # The next badge may be the one that has failed.
    torn = False
    exam.expect_status(await exam.post(f"/badges/{jammed}/print"), 201)


@check(
    "errors",
    points=1,
    hint="Follow a failing badge through your endpoint. Is everything given back that "
    "was taken for it?",
    guard=True,
)
async def test_a_badge_is_printed_after_many_failures(exam: Exam) -> None:
    """However often the printer has failed, the next badge is printed."""
    badge, *jammed = _numbers(exam, _FAILURES + 1)

    def print_badge(badge_id: int) -> str:
        if badge_id != badge:
            raise Raises("PrinterError", "the ribbon is torn")
        return f"JOB-{badge_id}"

    exam.services.print_badge.answers(print_badge)

    failed: list[Reply] = []
    for first in range(0, _FAILURES, 30):
        together = jammed[first : first + 30]
        failed += await asyncio.gather(
            *[exam.post(f"/badges/{one}/print") for one in together]
        )
    reply = await exam.post(f"/badges/{badge}/print")

    if reply.status != 201 and reply.failure is None:
        # What is missing now was taken for a failing badge, and kept on its way out.
        exam.fail(
            f"{reply.request} answers 201",
            f"{reply.status}, after {len(failed)} badges that failed",
            site=exam.answer(failed[0].run),
        )
    exam.expect_status(reply, 201)


# --- whatever the schedule ------------------------------------------------------------

_TARGETS = {
    "find": ("GET", "/visitors/{}"),
    "print": ("POST", "/badges/{}/print"),
    "compute": ("GET", "/badges/{}/fingerprint"),
    "health": ("GET", "/health"),
}
_TROUBLES: tuple[tuple[Any, ...], ...] = ((), ("no paper",), ("jam", 3))


@dataclass(frozen=True)
class Errand:
    """What somebody wants at the gate, when, and how long it takes there (s).

    Attributes:
        what: of _TARGETS.
        fails: the visitor is not known, or the badge is not printed.
    """

    at: float
    what: str
    number: int
    takes: float
    fails: bool = False

    def ask(self) -> Ask:
        method, target = _TARGETS[self.what]
        return Ask(method, target.format(self.number), self.at)


def errands(draw: Random) -> tuple[Errand, ...]:
    numbers = draw.sample(range(1_000, 900_000), 4)
    # Some come at one moment, and most do not.
    moments = [seconds(draw, 2) for _ in range(2)]

    def errand() -> Errand:
        what = draw.choice(("find", "print", "print", "compute", "health"))
        # Nothing is said of a limit of time.
        takes = seconds(draw, 3, 0.5) if draw.random() < 0.9 else seconds(draw, 90, 30)
        fails = draw.random() < 0.2
        at = draw.choice((*moments, seconds(draw, 4)))
        return Errand(at, what, draw.choice(numbers), takes, fails)

    return tuple(errand() for _ in range(draw.randint(1, 6)))


class Gate:
    """The world of a plan: whatever it answers depends on the number alone."""

    def __init__(self, exam: Exam, plan: tuple[Errand, ...]) -> None:
        self._errands = {(one.what, one.number): one for one in reversed(plan)}
        services = exam.services
        services.find_visitor.answers(self._find).takes(
            lambda visitor_id: self._takes("find", visitor_id)
        )
        services.print_badge.answers(self._print).takes(
            lambda badge_id: self._takes("print", badge_id)
        )
        services.fingerprint.answers(lambda badge_id: f"{badge_id * 7919:064x}").takes(
            lambda badge_id: self._takes("compute", badge_id)
        )

    def _takes(self, what: str, number: int) -> float:
        one = self._errands.get((what, number))
        return 0.0 if one is None else one.takes

    def _fails(self, what: str, number: int) -> bool:
        one = self._errands.get((what, number))
        return one is not None and one.fails

    def _find(self, visitor_id: int) -> dict[str, Any]:
        if self._fails("find", visitor_id):
            raise Raises("VisitorNotFound", visitor_id)
        name, company = (
            those[visitor_id % len(those)] for those in (_NAMES, _COMPANIES)
        )
        return {"id": visitor_id, "name": name, "company": company}

    def _print(self, badge_id: int) -> str:
        if self._fails("print", badge_id):
            trouble = _TROUBLES[badge_id % len(_TROUBLES)]
            raise Raises("PrinterError", *trouble)
        return f"JOB-{badge_id * 31:x}"

    def longest(self, one: Errand) -> float:
        """How long an answer may take, where nobody else needs a thread."""
        return 0.0 if one.what == "health" else self._takes(one.what, one.number)


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
        longest = gate.longest(one)
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
    """Each request that is answered with a job has printed its badge itself."""
    printed = Counter(
        record.arguments["badge_id"]
        for record in seen.records
        if record.name == "print_badge"
    )
    for number in {one.number for one in plan if one.what == "print"}:
        asked = [one for one in plan if (one.what, one.number) == ("print", number)]
        if asked[0].fails:
            # Whoever tries again has not printed it twice.
            continue
        exam.expect(
            printed[number] == len(asked),
            f"a badge that is asked for {len(asked)} times is printed as often",
            f"it was printed {printed[number]} times",
            site=next(
                (one.site for one in seen.records if one.name == "print_badge"), None
            ),
            timeline=seen.records,
        )
