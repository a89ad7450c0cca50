"""A submission that speaks in the host's name: what comes of it.

Everything in its process is the submission's to change, the instruments too. So what it
can silence is what only the inside can see; all the rest the proctor has seen itself.
"""

from __future__ import annotations

import pytest

from graders.proctor import Grading, Kata, Options, Suite, find_kata, load_suite
from graders.proctor.grading.common_checks import COMMON_CHECKS
from graders.proctor.submission.forbidden_names import NOTE
from graders.tests.hostile.conftest import Room
from graders.tests.hostile.corpus import as_submission, compose
from graders.tests.hostile.rows import SOLVED, UNSOLVED

NONSENSE = {
    "an end of nothing": "Finished(99)",
    "a response of nobody": "Send(99, {'type': 'http.response.start', 'status': 200})",
    "a response that is none": "Send(2, {'type': ['x']})",
    "an unknown service": "Call(7, 'no such service', {}, None)",
    "arguments that do not fit": "Call(7, 'scan_status', {'x': 1}, 1)",
    "the same call twice": "Call(1, 'scan_status', {'parcel_id': 1}, 1)",
    "the end of no call": "CallCancelled(99)",
    "a connection to nobody": "Connect(1, '\\0' * 300, -1, None)",
    "bytes on no connection": "Data(99, b'x')",
    "the end of no connection": "Hangup(99)",
    "evidence of no kind": "Evidence('no such kind', 'x', -1)",
    "a line that there is not": "Evidence('never awaited', 'x', 0, Site('../x', -9))",
    "a trace of nothing": "Trace('no such thing', -1, -1)",
    "a second beginning": "Loaded()",
    "a failed beginning": "LoadFailed('no such reason', 'x')",
    "a survey": "Stacks([Pending('x', 'y', Site('x', 1))])",
    "results of tests": "RanTests([Outcome('x', 'no such outcome')])",
    "walls": "Ready(['a wall of paper'], 1.0)",
    "an early end": "Inspected()",
    "a rest until yesterday": "Rest(-5)",
    "a rest for ever": "Rest(2**62)",
    "two rests": "Rest(None)",
    "a live rest": "Rest(None, [Finished(2)], live=True)",
    "a fault of the suite's": "Evidence('unfitting answer', 'x', 0)",
    "words of our own": "Evidence('cannot be sent', 'x', 0)",
    "headers in headers": "Send(2, {'type': 'http.response.start', 'status': 200, "
    "'headers': [eval('[' * 90 + ']' * 90)]})",
    "a number that no one has": "Call(2**63, 'scan_status', {'parcel_id': 2**63}, -1)",
    "a block of nothing": "Rest(None, [], Blocked('', Site('', -(2**62))))",
}


@pytest.fixture(params=[True, False], ids=["with a witness", "without"])
def unsolved(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kata:
    """A kata that is not solved; a pack need not have anybody's solution of it."""
    kata = find_kata(UNSOLVED)
    if not request.param:
        monkeypatch.setattr(Kata, "solution", kata.folder / "nobody.py")
    return kata


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_earns_nothing_and_is_no_fault_of_the_graders(
    room: Room, unsolved: Kata, name: str
) -> None:
    kata = unsolved
    source = compose("row28_sends_nonsense", kata.stub)
    before = 'MESSAGE = ""'
    assert before in source
    source = source.replace(before, f"MESSAGE = {NONSENSE[name]!r}")
    whole = load_suite(kata)
    first = Suite(whole.checks[:1], whole.world)
    options = Options(reach=NOTE)
    grading = Grading(kata, as_submission(source), room.hosts, options, suite=first)
    verdict = grading.verdict()
    room.see_that_nothing_remains()
    assert verdict.status in ("failed", "tampered")
    assert verdict.results[0].score == 0


MISTAKES = pytest.mark.parametrize(
    ("slug", "mistake"),
    [
        (UNSOLVED, "blocking__time_sleep"),
        (UNSOLVED, "blocking__busy_loop_until_deadline"),
        (SOLVED, "concurrency__sequential"),
        (SOLVED, "awaits__loses_the_error_of_a_task"),
    ],
)


@MISTAKES
def test_who_silences_the_instruments_is_found_out(
    room: Room, slug: str, mistake: str
) -> None:
    rejected = find_kata(slug).reference / "rejected" / f"{mistake}.py"
    verdict, _ = room.grade(
        find_kata(slug), compose("row28_speaks_for_the_host", rejected)
    )
    assert (verdict.status, verdict.score) == ("tampered", 0)


@MISTAKES
def test_let_in_it_hides_nothing_that_is_seen_from_outside_and_a_person_is_told(
    room: Room, slug: str, mistake: str
) -> None:
    kata = find_kata(slug)
    rejected = kata.reference / "rejected" / f"{mistake}.py"
    honest, _ = room.grade(kata, rejected.read_text(encoding="utf-8"))
    forged, _ = room.grade(kata, compose("row28_silences_with_care", rejected))
    # A note, and no more: here the text is all that can be believed.
    assert forged.score - honest.score <= sum(one.points for one in COMMON_CHECKS)
    assert "app.py uses gc" in forged.notes[0]
    names = {one.name for one in COMMON_CHECKS}
    for before, after in zip(honest.results, forged.results, strict=True):
        assert before.name in names or after.score <= before.score
