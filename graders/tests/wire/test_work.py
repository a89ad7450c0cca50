"""What a machine does in a second, on machines made up for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator

import pytest

from graders.wire import real, work
from graders.wire.work import Machine, measured_unit


class Clock:
    """A processor's clock on which each piece of work takes the next of some times."""

    def __init__(self, pieces: Iterable[float]) -> None:
        self._readings = self._read(iter(pieces))
        self.measured = 0

    def _read(self, pieces: Iterator[float]) -> Iterator[float]:
        now = 0.0
        for took in pieces:
            yield now
            now += took
            self.measured += 1
            yield now

    def __call__(self) -> float:
        return next(self._readings)


def clock_of(patch: pytest.MonkeyPatch, *pieces: float) -> Clock:
    clock = Clock(pieces)
    patch.setattr(real, "thread_time", clock)
    return clock


def test_a_unit_is_what_the_fastest_pieces_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = clock_of(monkeypatch, 9, 2.0, 3, 2.1, 8, 2.05, 4, 5)
    assert measured_unit() == pytest.approx(2.0 * work.PIECES)
    assert clock.measured == 8


def test_what_was_disturbed_is_measured_for_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disturbed = [9, 8, 7, 6, 5, 4, 3, 9, 9, 9]
    clock = clock_of(monkeypatch, *disturbed, 1.0, 1.0, 1.0, 7)
    assert measured_unit() == pytest.approx(1.0 * work.PIECES)
    assert clock.measured == len(disturbed) + 3


def test_a_machine_that_is_never_quiet_is_measured_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock_of(monkeypatch, *(float(2 ** (30 - n)) for n in range(30)))
    assert measured_unit() > 0


def unit_now(patch: pytest.MonkeyPatch, unit: float | None) -> None:
    """What a unit takes from now on; None: nobody may ask."""

    def measure() -> float:
        assert unit is not None, "measured, although nobody is accused"
        return unit

    patch.setattr(work, "measured_unit", measure)


def test_nothing_is_measured_below_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    unit_now(monkeypatch, None)
    assert not Machine(0.002).is_beyond(0.2, 150)


@pytest.mark.parametrize(
    ("now", "beyond"),
    [
        (0.002, True),
        # Measured while it was faster: the limits do not move.
        (0.0001, True),
        # Slower since: the same seconds are less work.
        (0.004, False),
    ],
)
def test_a_machine_that_has_become_slower_accuses_nobody(
    now: float, beyond: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit_now(monkeypatch, now)
    machine = Machine(0.002)
    assert machine.is_beyond(0.4, 150) is beyond
    assert machine.is_beyond(0.7, 150)


def test_a_submission_cannot_make_its_machine_as_slow_as_it_likes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unit_now(monkeypatch, 0.001)
    machine = Machine.measured()
    unit_now(monkeypatch, 1.0)
    assert not machine.is_beyond(0.2, 100)
    assert machine.is_beyond(0.4, 100)


@pytest.mark.parametrize(("unit", "patience"), [(0.00025, 2.0), (0.001, 2), (0.004, 8)])
def test_patience_is_longer_on_a_slow_machine_and_never_shorter(
    unit: float, patience: float
) -> None:
    assert Machine(unit).patience(2.0) == pytest.approx(patience)


_SHOW = "from graders.wire import real; print(real.seeming(1), real.lasting(1))"


def _at(speed: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, real.SPEED: speed}
    return subprocess.run(
        [sys.executable, "-c", _SHOW],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("speed", "shown"), [("0.25", "4.0 0.25"), ("1", "1.0 1.0"), ("4", "0.25 4.0")]
)
def test_a_machine_seems_slower_or_faster(speed: str, shown: str) -> None:
    assert _at(speed).stdout.strip() == shown


@pytest.mark.parametrize("speed", ["", "fast", "nan", "0", "-1", "1000"])
def test_a_speed_that_is_none_is_refused_in_a_sentence(speed: str) -> None:
    refused = _at(speed)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"{real.SPEED} is {speed!r}: give a number from")
