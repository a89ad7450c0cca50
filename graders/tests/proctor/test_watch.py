"""A host is stopped for the work that it did, not for the seconds that it took."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from graders.proctor import HostPlan, Launcher
from graders.proctor.hosts.watchdog import Watch
from graders.wire import limits, real, work
from graders.wire.work import Machine


class Host:
    """What /proc and the clock say of a host that runs on a made-up machine."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.processor = self.clock = 0.0
        patch.setattr(Watch, "_cpu_seconds", lambda watch: self.processor)
        patch.setattr(Watch, "_state", lambda watch: "R")
        patch.setattr(real, "monotonic", lambda: self.clock)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(monkeypatch)


def watching(tmp_path: Path, unit: float, patch: pytest.MonkeyPatch) -> Watch:
    watch = Watch(os.getpid(), tmp_path)
    watch.machine = Machine(unit)
    patch.setattr(work, "measured_unit", lambda: unit)
    watch.begin()
    assert watch.look() is None
    return watch


@pytest.mark.parametrize("unit", [0.00025, 0.001, 0.004])
def test_a_turn_may_compute_as_much_on_every_machine(
    unit: float, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watching(tmp_path, unit, monkeypatch)

    host.processor = host.clock = 4900 * unit
    assert watch.look() is None
    host.processor = host.clock = 5100 * unit
    # The same words as well: seconds of another machine would not be the same.
    assert (
        watch.look() == "Your program computed for 5 s without an end and was stopped."
    )


def test_a_host_that_does_nothing_is_stopped_by_the_clock(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watching(tmp_path, 0.001, monkeypatch)

    host.clock = limits.SILENT + 1
    host.processor = 2 * host.clock * limits.IDLE
    assert watch.look() is None
    host.processor = host.clock * limits.IDLE / 2
    assert "did nothing for 20 s of real time" in str(watch.look())


@pytest.fixture
def nothing() -> Iterator[int]:
    descriptor = os.open(os.devnull, os.O_RDWR)
    yield descriptor
    os.close(descriptor)


def test_a_host_says_first_how_fast_its_machine_is(
    hosts: Launcher, nothing: int, tmp_path: Path
) -> None:
    link = hosts.start(HostPlan((nothing,) * 3, tmp_path))
    unknown = link._watch.machine.unit
    link.take_turn(0)
    link.close()
    assert link._watch.machine.unit != unknown
