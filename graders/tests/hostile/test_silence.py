"""A submission that silences an instrument, in whatever way, loses all by it."""

from __future__ import annotations

import asyncio
import socket

import pytest

from graders.host.clock.event_loop import HostLoop, TurnSelector
from graders.host.clock.lockstep import LockStep
from graders.host.clock.time_module import Spin
from graders.host.instruments.recorder import Recorder, Sites
from graders.proctor import Kata, Options, all_katas, find_kata, load_suite
from graders.proctor.exam.canaries import made_up
from graders.proctor.grading import controls
from graders.proctor.grading.controls import Controls
from graders.proctor.grading.probes import can_be_probed
from graders.proctor.submission.forbidden_names import OWN, forbidden
from graders.tests.hostile.conftest import Room
from graders.tests.hostile.corpus import as_submission, solution
from graders.tests.hostile.rows import UNSOLVED
from graders.wire import Blocked, Channel, Evidence, FromHost, Go

_HOST = """\
import asyncio
turns = getattr(asyncio.get_running_loop(), "_sel" + "ector")
host = getattr(turns.dispatch, "__se" + "lf__")
step = turns._step
"""
_SENDER = (
    _HOST
    + """\
send = step._send
def only(rest):
    messages = [one for one in rest.messages if {}]
    send(type(rest)(rest.until, messages, None, rest.live))
step._send = only
"""
)
SILENCERS = {
    "the wire": _SENDER.format("type(one).__name__ != 'Evidence'"),
    # Echoes come with the last word; whoever knows that lets it pass.
    "the wire, but for the end": _SENDER.format(
        "type(one).__name__ != 'Evidence' or "
        "type(rest.messages[-1]).__name__ == 'Inspected'"
    ),
    "one kind": _SENDER.format("getattr(one, 'kind', '') != 'blocked'"),
    "that the loop is held up": _SENDER.format("True"),
    "the recorder": _HOST + "host._recorder.record = lambda *a, **k: None\n",
    "that requests are served": _HOST
    + "type(host._applications).serving = property(lambda self: False)\n",
    "the monitor": _HOST + "type(host._blocking).named_call = "
    "lambda self, what: __import__('graders').wire.Blocked(what)\n",
    "Python's own hook": "import warnings\n"
    "setattr(warnings, '_warn_unawaited' + '_coroutine', lambda one: None)\n",
}


@pytest.mark.parametrize("prefix", SILENCERS.values(), ids=SILENCERS)
def test_who_silences_an_instrument_has_no_points(room: Room, prefix: str) -> None:
    kata = find_kata(UNSOLVED)
    mistake = kata.reference / "rejected" / "blocking__time_sleep.py"
    source = mistake.read_text(encoding="utf-8")
    honest, _ = room.grade(kata, source)
    assert (honest.status, honest.score > 0) == ("failed", True)
    beginning = "from __future__ import annotations\n"
    silent = beginning + prefix + source.replace(beginning, "")
    verdict, _ = room.grade(kata, silent)
    assert (verdict.status, verdict.score) == ("tampered", 0)


# It knows how known mistakes are put into it, and silences nothing then.
KNOWS_CONTROLS = (
    _HOST
    + """\
import builtins
send = step._send
spiked = [name for name in dir(builtins) if name.endswith("_now")]
def only(rest):
    seen = [one for one in rest.messages if type(one).__name__ != "Evidence"]
    last = type(rest.messages[-1]).__name__ if rest.messages else ""
    if spiked or last == "Inspected":
        return send(rest)
    return send(type(rest)(rest.until, seen, None, rest.live))
step._send = only
"""
)


@pytest.mark.parametrize(
    ("slug", "mistake"),
    [
        (UNSOLVED, "time_sleep"),
        ("async_or_def", "async_def_calls_sdk"),
        ("deadline_to_504", "sync_client_on_the_loop"),
    ],
)
def test_a_loop_that_is_said_to_be_free_must_answer(
    room: Room, slug: str, mistake: str
) -> None:
    kata = find_kata(slug)
    text = (kata.reference / "rejected" / f"blocking__{mistake}.py").read_text("utf-8")
    beginning = "from __future__ import annotations\n"
    silent = beginning + KNOWS_CONTROLS + text.replace(beginning, "")
    verdict, _ = room.grade(kata, silent)
    assert (verdict.status, verdict.score) == ("tampered", 0)


@pytest.mark.parametrize(
    ("more", "probed"),
    [
        ("", True),
        ("app.add_middleware(Slow)", False),
        ("async def app(scope, receive, send): ...", False),
    ],
)
def test_only_who_has_no_way_of_its_own_to_a_page_is_asked(
    more: str, probed: bool
) -> None:
    assert can_be_probed(f"app = FastAPI(title='Tea')\n{more}\n") is probed


@pytest.mark.parametrize("kata", all_katas(), ids=lambda kata: kata.slug)
def test_a_right_submission_tells_of_every_mistake_that_is_put_into_it(
    room: Room, kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[set[tuple[str, int]]] = []
    untold = controls.Control.untold

    def listening(self: controls.Control) -> set[tuple[str, int]]:
        judged.append(self.expected())
        return untold(self)

    monkeypatch.setattr(controls.Control, "untold", listening)
    asked = Controls(kata, room.hosts, Options(), load_suite(kata))
    text = solution(kata).read_text(encoding="utf-8")
    assert not asked.silenced(as_submission(text))
    # Where the learner writes tests, their service is ours.
    assert any(judged) is not kata.turns_the_tables
    room.see_that_nothing_remains()


def test_where_an_instrument_has_stopped_working_nobody_has_silenced_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    kata = find_kata(UNSOLVED)
    # As with a release of asyncio that no longer tells of coroutines.
    untold = controls.Control.untold

    def deaf(self: controls.Control) -> set[tuple[str, int]]:
        lost = {one for one in self.expected() if one[0] == "never awaited"}
        assert lost
        return untold(self) | lost

    monkeypatch.setattr(controls.Control, "untold", deaf)
    asked = Controls(kata, room.hosts, Options(), load_suite(kata))
    right = kata.reference / "accepted"
    style = next(iter(sorted(right.glob("*.py")))).read_text(encoding="utf-8")
    assert not asked.silenced(as_submission(style))
    # Where it tells of the solution's, it has been silenced.
    monkeypatch.setattr(Kata, "solution", kata.folder / "nobody.py")
    assert asked.silenced(as_submission(style))


def test_who_makes_many_mistakes_of_one_kind_hides_none_of_another() -> None:
    posted: list[FromHost] = []
    recorder = Recorder(Sites(), lambda: 0, posted.append)
    for number in range(2_000):
        recorder.record("file", f"file {number}")
        recorder.record("file", "the same one")
    recorder.record("blocked", "time.sleep")
    recorder.record("file", "one more")
    told = [(one.kind, one.detail) for one in posted if isinstance(one, Evidence)]
    assert told.count(("file", "the same one")) == 3
    assert len(told) < 1_000
    assert told[-1] == ("blocked", "time.sleep")


def test_echoes_are_numbered_and_placed_as_what_is_real() -> None:
    text = solution(find_kata(UNSOLVED)).read_text(encoding="utf-8")
    submission = as_submission(text)
    seen: set[int] = set()
    for _ in range(40):
        for one in made_up(submission, 5, runs=3, calls=4):
            if isinstance(one, Evidence):
                assert one.run is None or 1 <= one.run <= 4
                assert one.site is not None
                assert submission.line(one.site.line)
                seen.add(one.site.line)
    assert len(seen) > 10


def test_what_the_loop_has_of_ours_is_named_so_that_no_text_may_say_it() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        step = LockStep(lambda what: Blocked(what))
        step.begin(Channel(ours, Go))
        turns = TurnSelector(
            step,
            Spin(step),
            dispatch=lambda message: None,
            before=lambda: None,
            after=lambda: None,
            on_stuck=lambda keys: None,
        )
        turns.begin(1.0)
        loop = HostLoop(turns, step)
        loop.begin()
        plain = asyncio.SelectorEventLoop()
        try:
            more = vars(loop).keys() - vars(plain).keys()
        finally:
            loop.close()
            plain.close()
    assert more
    for name in {*more, "_selector"}:
        assert name == "_selector" or name.startswith(OWN)
        for text in (f"loop.{name}", f"getattr(loop, {name!r})"):
            assert forbidden(as_submission(text)) is not None
