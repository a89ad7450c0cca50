"""Whatever a host says, and whenever: nothing is earned by it, and nothing breaks.

A real host runs a wrong submission, and a relay changes what it says (see `relay`).
What must hold is not that the checks end in the same way, but that those which failed
honestly still fail. The reason is not that a change is unlikely to help: each of these
checks wants an answer (and one call of each service, with its number) made of data that
were drawn in the proctor for this run and reach the host only in what it is told. The
stub uses none of it, the others use it wrongly or too late. Who drops, repeats, delays
or reorders what they say has said nothing that they did not know, and what is invented
here was written down before those data were drawn.

It does not hold of checks that fail by evidence alone, which a host may keep to itself:
that is what `Controls` are for, and `hostile.test_silence` tests them. Nor does it hold
of a check that any program passes which always answers the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.proctor import (
    FAILED,
    GRADER_ERROR,
    PASSED,
    Grading,
    Kata,
    Launcher,
    Options,
    Submission,
    Suite,
    Verdict,
    find_kata,
    load_suite,
    read_submission,
)
from graders.reports.formats import own_json
from graders.tests.fuzz.examples import examples
from graders.tests.fuzz.relay import (
    Alters,
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
values = st.sampled_from([200, 404, b"{}", False, True, None]) | _WORDS
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
    st.builds(Alters, _turns, _places, values | plain),
    st.builds(Replaces, _turns, _places, messages, st.booleans()),
    st.builds(RestsUntil, _turns, _places, st.none() | whole_numbers),
    st.builds(IsBlocked, _turns, _places, values_of(Blocked | None)),
    st.builds(Says, _turns, _places, values_of(Rest)),
    st.builds(Says, _turns, _places, st.builds(Rest, st.none() | whole_numbers)),
)


@dataclass(frozen=True)
class Wrong:
    """A wrong submission, and a few checks of its kata.

    Attributes:
        slug: the kata.
        mistake: the file of the submission; empty for the stub.
        fails: a check that it fails honestly, and must.
        besides: one that it passes, so that it has something to lose and `Controls`
            look whether it tells of everything; or one that may end in any way.
    """

    slug: str
    mistake: str
    fails: str
    besides: str

    def kata(self) -> Kata:
        return find_kata(self.slug)

    def submission(self) -> Submission:
        kata = self.kata()
        path = kata.reference / "rejected" / f"{self.mistake}.py"
        return read_submission(path if self.mistake else kata.stub, kata.manifest.file)


WRONG = {
    "the stub": Wrong(
        KATA.slug,
        "",
        "test_every_page_shows_its_own_patient",
        "test_an_unknown_patient_is_404",
    ),
    "calls that wait": Wrong(
        KATA.slug,
        "concurrency__sequential",
        # One call of each service is right, and the page needs its answer.
        "test_appointments_and_labs_do_not_wait_for_the_patient",
        "test_every_service_has_answered_before_the_page_is_sent",
    ),
    "results that are mixed up": Wrong(
        KATA.slug,
        "errors__mixes_up_the_results",
        "test_every_page_shows_its_own_patient",
        "test_billing_waits_for_the_patient_alone",
    ),
}
# Where other messages are sent: for connections, of a database, of the learner's tests.
OTHERS = {
    "connections": Wrong(
        "client_with_a_life",
        "resources__client_per_request",
        "",
        "test_a_rates_api_that_cannot_be_reached_is_a_502",
    ),
    "sessions": Wrong(
        "session_per_request",
        "awaits__begin_with_default_scope",
        "",
        "test_every_session_ends_with_its_request",
    ),
    "tests": Wrong(
        "test_the_async_service",
        "",
        "",
        "test_the_tests_pass_on_the_service",
    ),
}


class Room:
    """Where wrong submissions are graded through relays.

    Args:
        hosts: makes the hosts.
    """

    def __init__(self, hosts: Launcher) -> None:
        # The solutions tell what is right.
        katas = [wrong.kata() for wrong in (*WRONG.values(), *OTHERS.values())]
        spared = {kata.solution.read_text(encoding="utf-8") for kata in katas}
        self._relaying = Relaying(hosts, spared)
        for wrong in WRONG.values():
            assert self.outcomes(self.grade(wrong))[wrong.fails] == FAILED

    def grade(self, wrong: Wrong, edits: Sequence[Edit] = ()) -> Verdict:
        """The verdict on a submission whose hosts are heard with these edits."""
        kata = wrong.kata()
        whole = load_suite(kata)
        chosen = {wrong.fails, wrong.besides}
        checks = [one for one in whole.checks if one.name in chosen]
        assert len(checks) == len(chosen - {""})
        grading = Grading(
            kata,
            wrong.submission(),
            self._relaying,
            Options(budget=_BUDGET if edits else Options.budget),
            suite=Suite(checks, whole.world),
        )
        with self._relaying.changing(edits) as links:
            verdict = grading.verdict()
        assert links
        for link in links:
            # Reaped, and not only told to end.
            assert link.exit_code is not None
            assert not Path(f"/proc/{link._watch._pid}").exists()
        return verdict

    @staticmethod
    def outcomes(verdict: Verdict) -> dict[str, str]:
        return {one.name: one.outcome for one in verdict.results}

    def see_that_nothing_breaks(self, wrong: Wrong, edits: Sequence[Edit]) -> None:
        """Grade one that does not say what it should; and nothing is earned by it."""
        verdict = self.grade(wrong, edits)
        outcomes = self.outcomes(verdict)
        assert verdict.status != GRADER_ERROR
        assert set(outcomes.values()) <= {FAILED, PASSED}
        if wrong.fails:
            assert outcomes[wrong.fails] == FAILED
        # It can be kept, and read again.
        msgspec.json.decode(own_json(verdict), type=Verdict)


@pytest.fixture(scope="module")
def room(hosts: Launcher) -> Room:
    return Room(hosts)


@pytest.mark.parametrize("name", [*WRONG, *OTHERS])
def test_what_a_host_says_earns_nothing_and_breaks_nothing(
    room: Room, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = {**WRONG, **OTHERS}[name]

    @examples(6 if wrong.fails else 2)
    @given(st.lists(edits, min_size=1, max_size=6))
    def holds(drawn: list[Edit]) -> None:
        room.see_that_nothing_breaks(wrong, drawn)
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


@pytest.mark.parametrize("forgery", FORGED)
def test_a_forgery_earns_nothing_and_breaks_nothing(
    room: Room, forgery: str, capfd: pytest.CaptureFixture[str]
) -> None:
    room.see_that_nothing_breaks(WRONG["calls that wait"], FORGED[forgery])
    assert capfd.readouterr() == ("", "")
