"""Who gets an answer while the printer or the processor is at work."""

from __future__ import annotations

import asyncio

from graders.proctor import Exam, Service, check
from graders.suites.async_or_def.world import known_visitors, numbers, request_for

# More than FastAPI has threads for `def`, and more than a round number of them.
_COMPUTED, _PRINTED = 45, 105


@check(
    "blocking",
    points=3,
    hint="The SDK waits for the printer and lets nothing else run on its thread. On "
    "which thread does your endpoint call it?",
)
async def test_health_answers_while_a_badge_is_printed(exam: Exam) -> None:
    """`/health` answers while the printer is at work."""
    await _expect_health_during(exam, "print", exam.services.print_badge, 201)


@check(
    "blocking",
    points=3,
    hint="The processor can compute on one thread and answer on another. On which "
    "thread does your endpoint compute?",
)
async def test_health_answers_while_a_fingerprint_is_computed(exam: Exam) -> None:
    """`/health` answers while a fingerprint is computed."""
    await _expect_health_during(exam, "compute", exam.services.fingerprint, 200)


async def _expect_health_during(
    exam: Exam, what: str, service: Service, status: int
) -> None:
    """A badge is served; while the next one is, `/health` answers at once."""
    first, second = numbers(exam, 2)
    exam.expect_status(await exam.request(*request_for(what, first)), status)

    with service.gate():
        served = exam.start(*request_for(what, second))
        await exam.calls_in_flight(1, service.name)
        health = await exam.get("/health")
        exam.expect_status(health, 200)
        exam.expect_json(health, {"status": "ok"})
        exam.expect_took(health, 0.0)

    exam.expect_status(await served.reply(), status)


@check(
    "blocking",
    points=1,
    hint="Threads are few. Who needs one, and who gets none while all of them are "
    "busy?",
)
async def test_a_crowd_at_the_printer_keeps_nobody_else_waiting(exam: Exam) -> None:
    """Many badges at once keep neither `/health` nor a lookup waiting."""
    (visitor,) = known_visitors(exam, 1)
    exam.services.find_visitor.takes(0.75)
    nobody = visitor["id"] + 10_000
    for count, what, service, status, key in (
        (_PRINTED, "print", exam.services.print_badge, 201, "job"),
        (_COMPUTED, "compute", exam.services.fingerprint, 200, "fingerprint"),
    ):
        service.answers(lambda badge_id: f"{badge_id * 31:064x}").takes(3)
        badges = numbers(exam, count)
        crowd = [exam.start(*request_for(what, badge)) for badge in badges]
        await exam.sleep(1.125)
        health, found, missed = await asyncio.gather(
            exam.get("/health"),
            exam.get(f"/visitors/{visitor['id']}"),
            exam.get(f"/visitors/{nobody}"),
        )

        for reply, due, line in (
            (health, 0.0, exam.endpoint),
            (found, 0.75, exam.endpoint),
            (missed, 0.75, exam.answer),
        ):
            if reply is not missed:
                # Which status an unknown visitor is, another check asks.
                exam.expect_status(reply, 200)
            exam.expect(
                reply.took == due,
                f"{reply.request} takes {due:g} s while {count} others need a thread",
                f"{reply.took:g} s",
                site=exam.blocker or line(reply.run),
                timeline=exam.calls.of("find_visitor"),
            )
        for exchange, badge in zip(crowd, badges, strict=True):
            reply = await exchange.reply()
            exam.expect_status(reply, status)
            exam.expect(
                exam.json_of(reply) == {"badge": badge, key: f"{badge * 31:064x}"},
                f"{reply.request} answers with its own badge, and with what belongs to "
                "it",
                reply.text[:80],
                site=[*exam.code.writes_shared(), exam.answer(reply.run)],
            )
