"""In the plans of every property each service takes its time, whoever asks it.

One that answers at once gives nobody else a chance to run: what a submission keeps over
that wait, where others find it, would never be seen.
"""

from __future__ import annotations

import re

import pytest

from graders.proctor import (
    Check,
    Exam,
    Kata,
    Launcher,
    Options,
    all_katas,
    load_suite,
    read_submission,
)
from graders.proctor.grading.sitting import Sittings
from graders.proctor.schedules.promises import observe

PLANS = 40
# What answers at once, in which kata, and why that hides nothing.
AT_ONCE = {
    "no_blocking_sleep": {"scan_status": "only the pauses between questions take time"},
}
# A service, and the kind of request on whose behalf it was called.
Pair = tuple[str, str]

PROPERTIES = [
    pytest.param(kata, check, id=kata.slug)
    for kata in all_katas()
    for check in load_suite(kata).checks
    if check.schedule is not None
]


@pytest.mark.parametrize(("kata", "check"), PROPERTIES)
def test_every_service_is_waited_for(kata: Kata, check: Check, hosts: Launcher) -> None:
    assert check.schedule is not None
    plans = check.schedule.drawn("slow", PLANS)
    longest: dict[Pair, float] = {}

    async def body(exam: Exam) -> None:
        for plan in plans:
            before = len(exam.calls.records)
            seen = await observe(check, exam, plan)
            kinds = {
                reply.run: f"{ask.method} {re.sub('[0-9]+', 'N', ask.target)}"
                for ask, reply in zip(seen.asks, seen.replies, strict=True)
                if reply is not None
            }
            for record in exam.calls.records[before:]:
                pair = record.name, kinds.get(record.run or 0, "")
                took = (record.ended or exam.now) - record.began
                longest[pair] = max(longest.get(pair, 0.0), took)

    right = read_submission(kata.solution, kata.manifest.file)
    suite = load_suite(kata)
    sitting = Sittings(kata, right, hosts, Options(), suite).sit(check, body)
    assert sitting.result.outcome == "passed", sitting.result.findings
    assert longest or not kata.manifest.services
    at_once = {name for (name, _), took in longest.items() if not took}
    assert at_once == set(AT_ONCE.get(kata.slug, ()))
