"""What every endpoint answers with."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.async_or_def.world import known_visitors, numbers


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
    (visitor,) = known_visitors(exam, 1)
    badge, other = numbers(exam, 2)
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
