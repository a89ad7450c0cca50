"""Whatever a host says, and whenever: nothing is earned by it, and nothing breaks.

A real host runs a wrong submission, and a relay changes what it says (see `relay`).
What must hold is not that the checks end in the same way, but that those which failed
honestly still fail. They do because each of them wants an answer with data that were
drawn in the proctor for this run, which reach the host only in the answers to its calls.
The stub makes no calls; the others use what they hear in the wrong order, or at the
wrong time. Who drops, repeats, delays or changes what they say has said nothing that he
did not know; what is invented here was written down before those data were drawn. This
does not hold of checks that fail by evidence alone, which a host may keep to itself:
there `Controls` look, and `hostile.test_silence`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.proctor import (
    FAILED,
    PASSED,
    Grading,
    Launcher,
    Options,
    Suite,
    Verdict,
    find_kata,
    load_suite,
)
from graders.reports.formats import own_json
from graders.tests.fuzz.examples import examples
from graders.tests.fuzz.relay import (
    Delays,
    Drops,
    Edit,
    EndsNoTurn,
    Invents,
    IsBlocked,
    Relaying,
    Reorders,
    Repeats,
    Replaces,
    Replays,
    RestsLate,
    RestsNever,
    RestsUntil,
    Says,
)
from graders.tests.fuzz.typed import plain, texts, values_of, whole_numbers
from graders.tests.hostile.corpus import as_submission
from graders.wire import (
    Blocked,
    Call,
    CallCancelled,
    Finished,
    FromHost,
    Inspected,
    Rest,
    Send,
    Site,
)

KATA = find_kata("gather_the_dashboard")
# Real seconds; who does not come to rest uses them up.
_BUDGET = 1.0
# What a verdict says where not even one check could be carried out.
_NO_CHECK = ("not loaded", "out of memory", "deadlocked", "crashed")
_WORDS = st.sampled_from(
    [
        *KATA.manifest.services,
        "http.response.start",
        "http.response.body",
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
        "app.py",
        "patient_id",
    ]
)
events = st.fixed_dictionaries(
    {"type": _WORDS | plain},
    optional={
        "status": st.sampled_from([200, 404, 502]) | plain,
        "headers": st.just([[b"content-type", b"application/json"]]) | plain,
        "body": st.just(b"{}") | plain,
        "more_body": st.booleans() | plain,
        "message": texts | plain,
    },
)
messages: st.SearchStrategy[FromHost] = st.one_of(
    values_of(FromHost, _WORDS | texts),
    st.builds(Send, whole_numbers, events),
    st.builds(
        Call,
        whole_numbers,
        _WORDS,
        st.dictionaries(st.just("patient_id"), whole_numbers | plain),
        whole_numbers,
    ),
)
_turns = st.integers(0, 12)
_places = st.integers(0, 4)
edits: st.SearchStrategy[Edit] = st.one_of(
    *(
        st.builds(kind, _turns, _places)
        for kind in (Drops, Repeats, Replays, Reorders, Delays, RestsLate)
    ),
    st.builds(Invents, _turns, _places, messages),
    st.builds(Replaces, _turns, _places, messages, st.booleans()),
    st.builds(RestsUntil, _turns, _places, st.none() | whole_numbers),
    st.builds(IsBlocked, _turns, _places, values_of(Blocked | None)),
    st.builds(Says, _turns, _places, values_of(Rest)),
    st.builds(Says, _turns, _places, st.builds(Rest, st.none() | whole_numbers)),
)


# Each with a check that it fails, and maybe one that it passes: so it has something to
# lose, and `Controls` look whether it tells of everything.
WRONG = {
    "stub": ("test_every_page_shows_its_own_patient",),
    "concurrency__sequential": (
        # One call of each service is right, and the page needs its answer.
        "test_appointments_and_labs_do_not_wait_for_the_patient",
        "test_every_service_has_answered_before_the_page_is_sent",
    ),
    "errors__mixes_up_the_results": (
        "test_every_page_shows_its_own_patient",
        "test_billing_waits_for_the_patient_alone",
    ),
}


class Room:
    """Where wrong submissions are graded through relays.

    Args:
        hosts: makes the hosts.
    """

    def __init__(self, hosts: Launcher) -> None:
        self._relaying = Relaying(hosts, KATA.solution.read_text(encoding="utf-8"))
        self._whole = load_suite(KATA)
        self._honest = {name: self.lost(self.grade(name)) for name in WRONG}

    def grade(self, name: str, edits: Sequence[Edit] = ()) -> Verdict:
        """The verdict on a wrong submission, whose hosts are heard with these edits."""
        path = KATA.reference / "rejected" / f"{name}.py"
        source = (KATA.stub if name == "stub" else path).read_text(encoding="utf-8")
        checks = [one for one in self._whole.checks if one.name in WRONG[name]]
        assert len(checks) == len(WRONG[name])
        grading = Grading(
            KATA,
            as_submission(source),
            self._relaying,
            Options(budget=_BUDGET if edits else Options.budget),
            suite=Suite(checks, self._whole.world),
        )
        with self._relaying.changing(edits) as links:
            verdict = grading.verdict()
        assert links
        for link in links:
            # Reaped, and not only told to end.
            assert link.exit_code is not None
            assert not Path(f"/proc/{link._watch._pid}").exists()
        return verdict

    def lost(self, verdict: Verdict) -> set[str]:
        """The checks of the kata's own that a verdict says are failed."""
        own = {one.name for one in self._whole.checks}
        failed = (one for one in verdict.results if one.outcome == FAILED)
        return {one.name for one in failed} & own

    def see_that_nothing_is_earned(self, name: str, edits: Sequence[Edit]) -> None:
        """Grade one that does not say what it should."""
        honest = self._honest[name]
        assert honest
        verdict = self.grade(name, edits)
        assert verdict.status in (FAILED, "tampered", "timed out", *_NO_CHECK)
        assert {one.outcome for one in verdict.results} <= {FAILED, PASSED}
        assert honest <= self.lost(verdict)
        msgspec.json.decode(own_json(verdict), type=Verdict)


@pytest.fixture(scope="module")
def room(hosts: Launcher) -> Room:
    return Room(hosts)


@pytest.mark.parametrize("name", WRONG)
def test_what_a_host_says_earns_nothing_and_breaks_nothing(
    room: Room, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    @examples(12)
    @given(st.lists(edits, min_size=1, max_size=6))
    def holds(drawn: list[Edit]) -> None:
        room.see_that_nothing_is_earned(name, drawn)
        assert capfd.readouterr() == ("", "")

    holds()


# Where in the example below the first request has been made.
_SERVED = 3
FORGED: dict[str, list[Edit]] = {
    "a call that never was": [
        Invents(_SERVED, 0, Call(90, "fetch_appointments", {"patient_id": 7}, 2)),
        Invents(_SERVED, 0, Call(91, "fetch_labs", {"patient_id": 7}, 2)),
    ],
    "a call under the number of the next one": [
        Invents(_SERVED, 0, Call(2, "fetch_labs", {"patient_id": 7}, 2))
    ],
    "an answer that was given before": [Replays(turn, 0) for turn in range(12)],
    "every message twice": [Repeats(turn, 0) for turn in range(12)],
    "an answer without a question": [
        Invents(_SERVED, 0, Send(2, {"type": "http.response.start", "status": 200})),
        Invents(_SERVED, 1, Send(2, {"type": "http.response.body", "body": b"{}"})),
        Invents(_SERVED, 2, Finished(2)),
    ],
    "the end of a request that goes on": [Invents(_SERVED, 0, Finished(2))],
    "calls that are given up and are not": [
        Invents(turn, 4, CallCancelled(turn)) for turn in range(1, 6)
    ],
    "an end before the end": [Invents(turn, 0, Inspected()) for turn in range(12)],
    "a rest before there is one": [Says(_SERVED, 0, Rest(None))],
    "many rests before there is one": [Says(_SERVED, 0, Rest(None))] * 40,
    "rests with answers of their own": [Says(turn, 0, Rest(0)) for turn in range(12)],
    "a rest long after it": [RestsLate(turn, 4) for turn in range(12)],
    "no rest": [RestsNever(_SERVED, 0)],
    "no rest at the very start": [RestsNever(0, 0)],
    "a rest that ends no turn": [EndsNoTurn(_SERVED, 0)],
    "a rest until long ago": [RestsUntil(turn, 0, -(2**63)) for turn in range(12)],
    "a rest for ever": [RestsUntil(turn, 0, 2**63 - 1) for turn in range(12)],
    "a rest until the same moment": [RestsUntil(turn, 0, 0) for turn in range(40)],
    "a loop that is blocked and is not": [
        IsBlocked(turn, 0, Blocked("time.sleep", Site("app.py", 1)))
        for turn in range(12)
    ],
    "frames without an end": [Says(_SERVED, 0, Rest(None, live=True))] * 500,
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("forgery", FORGED)
def test_a_forgery_earns_nothing_and_breaks_nothing(
    room: Room, name: str, forgery: str, capfd: pytest.CaptureFixture[str]
) -> None:
    room.see_that_nothing_is_earned(name, FORGED[forgery])
    assert capfd.readouterr() == ("", "")
