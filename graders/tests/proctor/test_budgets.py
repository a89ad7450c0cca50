"""What a host may take and say, whatever it does: in the end it is stopped, and told.

The hosts are forged: what they say lies on the wire before they are asked, or never
comes; the clock and the processor are made up.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from graders.proctor import Grading, HostPlan, Launcher, Options, find_kata
from graders.proctor.hosts import budget, watchdog
from graders.proctor.hosts.budget import Account, Budget, Words
from graders.proctor.hosts.ends import HostEnded, LauncherFailed
from graders.proctor.hosts.link import Link
from graders.proctor.hosts.watchdog import Watch
from graders.tests.hostile.corpus import as_submission
from graders.wire import (
    Call,
    Channel,
    Data,
    FromHost,
    Go,
    Ready,
    Rest,
    Send,
    Trace,
    limits,
    real,
)
from graders.wire.work import Machine

# Real seconds that pass at each look at the clock.
_STEP = 0.2


@dataclass
class Forged:
    """A host that says what a test has written down for it.

    Attributes:
        clock: real seconds, those that it has waited for a processor, and how many
            pass at each look at the clock.
    """

    wire: socket.socket
    link: Link
    watch: Watch
    clock: SimpleNamespace

    def says(self, *rests: Rest) -> None:
        frames = b""
        for rest in rests:
            payload = msgspec.msgpack.encode(rest)
            frames += len(payload).to_bytes(4, "big") + payload
        # In one piece, for which there is room on the wire.
        self.wire.sendall(frames)

    def ended(self) -> HostEnded:
        """How it ended in the turn that it is given."""
        assert self.link.take_turn(0) == []
        assert self.link.ended is not None
        return self.link.ended


@pytest.fixture
def forged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forged]:
    clock = SimpleNamespace(now=0.0, delayed=0.0, step=0.0)

    def monotonic() -> float:
        clock.now += clock.step
        return float(clock.now)

    monkeypatch.setattr(real, "monotonic", monotonic)
    # Whoever waits waits on that clock.
    monkeypatch.setattr(real, "lasting", lambda seconds: 0.0)
    monkeypatch.setattr(real, "thread_time", lambda: 0.0)
    for module in (budget, watchdog):
        monkeypatch.setattr(module, "run_delay", lambda host: clock.delayed)
    # A tenth of the time it computes: that is no sleep.
    monkeypatch.setattr(Watch, "_cpu_seconds", lambda watch: clock.now / 10)
    monkeypatch.setattr(Watch, "_state", lambda watch: "R")
    ours, theirs = socket.socketpair()
    watch = Watch(os.getpid(), tmp_path, cpu=1_000, budget=Budget(300.0))
    channel: Channel[Go, Rest] = Channel(ours, Rest, takes=limits.TURN_BYTES)
    link = Link(
        channel, watch, lambda: 0, words=Words(messages=20, values=50, size=4_000)
    )
    with ours, theirs:
        made = Forged(theirs, link, watch, clock)
        made.says(Rest(None, [Ready([], 0.001)]))
        assert link.take_turn(0) == []
        yield made


def traces(count: int) -> list[FromHost]:
    return [Trace("statement", number, 0) for number in range(count)]


# --- real time ------------------------------------------------------------------------


def test_a_turn_ends_however_often_something_comes_in_it(forged: Forged) -> None:
    forged.clock.step = _STEP
    # Some bytes of a frame, and nothing more; who looks at the clock moves it.
    forged.wire.sendall((1000).to_bytes(4, "big") + b"x")
    ended = forged.ended()
    assert (ended.verdict, ended.final) == ("timed out", False)
    assert ended.text == (
        "Your program took more than 60 s of real time without coming to rest and was "
        "stopped."
    )
    assert "look for a wait" in ended.advice
    assert forged.clock.now < 2 * limits.TURN


def test_frames_that_are_no_end_of_a_turn_do_not_prolong_it(forged: Forged) -> None:
    forged.link._words = Words(messages=10**6, size=10**6)
    forged.clock.step = 1.0
    forged.says(*[Rest(None, live=True)] * 500)
    assert "more than 60 s of real time" in forged.ended().text
    assert forged.clock.now < 2 * limits.TURN


def test_who_does_not_read_what_is_said_is_stopped_as_well(forged: Forged) -> None:
    forged.clock.step = _STEP
    forged.link.post(Data(1, bytes(8 * 2**20)))
    assert "more than 60 s of real time" in forged.ended().text


def test_who_waits_for_a_processor_is_not_late(forged: Forged) -> None:
    forged.watch.begin()
    assert forged.watch.look() is None
    forged.clock.now = forged.clock.delayed = 500.0
    assert forged.watch.overlong() is None
    forged.clock.now += limits.TURN + 1
    assert "more than 60 s" in str(forged.watch.overlong())


def test_a_slow_machine_gives_more_time(forged: Forged) -> None:
    forged.watch.machine = Machine(0.004)
    forged.watch.begin()
    assert forged.watch.look() is None
    forged.clock.now += 3 * limits.TURN
    assert forged.watch.overlong() is None
    forged.clock.now += 2 * limits.TURN
    # In the learner's words it is the same limit on every machine.
    assert "more than 60 s" in str(forged.watch.overlong())


def test_many_short_turns_use_the_submissions_time_up(forged: Forged) -> None:
    forged.clock.step = 1.0
    turns = 0
    while forged.link.ended is None:
        forged.says(Rest(None))
        forged.link.take_turn(0)
        turns += 1
    # None of them was long.
    assert turns > 300.0 / limits.TURN
    ended = forged.link.ended
    assert ended.final
    assert ended.text == (
        "Your program took more than 300 s of real time for all its checks together "
        "and was stopped."
    )


def test_the_hosts_of_a_submission_share_its_time(forged: Forged) -> None:
    shared = Budget(100.0)
    for spent in (40.0, 80.0):
        account = Account(shared, os.getpid())
        account.open()
        account.add(40.0)
        account.close()
        assert shared.spent == spent
    last = Account(shared, os.getpid())
    last.open()
    last.add(19.0)
    assert not last.is_overdrawn(Machine())
    last.add(1.0)
    assert last.is_overdrawn(Machine())
    # Had it waited for a processor meanwhile, it would not be.
    forged.clock.delayed += 5.0
    assert not last.is_overdrawn(Machine())


def test_a_submission_that_has_used_its_time_up_is_told_so_once(
    hosts: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    kata = find_kata("no_blocking_sleep")
    started = []
    start = hosts.start

    def counted(plan: HostPlan) -> Link:
        started.append(plan)
        return start(plan)

    monkeypatch.setattr(hosts, "start", counted)
    source = (kata.reference / "solution.py").read_text(encoding="utf-8")
    grading = Grading(kata, as_submission(source), hosts, Options(budget=0.0))
    verdict = grading.verdict()
    assert (verdict.status, verdict.score) == ("timed out", 0)
    assert "for all its checks together" in verdict.reason
    assert len(started) == 1


# --- words ----------------------------------------------------------------------------


def test_a_host_that_says_too_much_is_stopped(forged: Forged) -> None:
    forged.says(Rest(None, traces(21)))
    ended = forged.ended()
    assert (ended.verdict, ended.final) == ("timed out", False)
    assert ended.text == (
        "Your program made more than 20 calls and other steps in one check and was "
        "stopped."
    )


def test_it_counts_over_the_whole_check(forged: Forged) -> None:
    for _ in range(3):
        forged.says(Rest(None, traces(6)))
        assert len(forged.link.take_turn(0)) == 6
    forged.says(Rest(None, traces(6)))
    assert "more than 20 calls" in forged.ended().text


def test_what_is_no_end_of_a_turn_counts_too(forged: Forged) -> None:
    forged.says(*[Rest(None, live=True)] * 21)
    assert "more than 20 calls" in forged.ended().text


def test_bytes_count_as_well(forged: Forged) -> None:
    long = Trace("statement", 1, 0, detail="x" * 5_000)
    forged.says(Rest(None, [long]))
    assert "sent more than" in forged.ended().text


@pytest.mark.parametrize(
    "message",
    [
        Call(1, "brew", {"x": [[]] * 50}, None),
        Send(1, {"type": "http.response.body", "more": {"x": [""] * 50}}),
    ],
)
def test_values_count_at_any_depth(forged: Forged, message: FromHost) -> None:
    forged.says(Rest(None, [message]))
    assert "handed over more than 50 values" in forged.ended().text


def test_a_frame_longer_than_an_honest_host_sends_is_not_read(forged: Forged) -> None:
    forged.wire.sendall((limits.TURN_BYTES + 1).to_bytes(4, "big"))
    assert forged.ended().verdict == "tampered"


def test_a_host_that_never_becomes_ready_is_no_learners_fault(
    forged: Forged, tmp_path: Path
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        forged.clock.step = _STEP
        channel: Channel[Go, Rest] = Channel(ours, Rest)
        watch = Watch(os.getpid(), tmp_path, cpu=1_000)
        with pytest.raises(LauncherFailed, match="did not become ready"):
            Link(channel, watch, lambda: 0).take_turn(0)
