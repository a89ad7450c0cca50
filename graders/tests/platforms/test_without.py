"""Grading where the platform lacks something: right and wrong come out the same.

What is taken away is really gone, from the process that grades and from those that it
starts; see `without`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import graders
from graders import platform_parts
from graders.host.instruments import system_calls
from graders.proctor import CATEGORIES, WALLS, all_katas
from graders.proctor.hosts import watchdog
from graders.tests.platforms import without
from graders.wire import limits

ROOT = Path(graders.__file__).parents[1]
EVERYTHING = ",".join(without.PARTS)

# What the verdict then says is missing, where it has an influence.
NAMED = {
    "processor clocks": ["processor clocks"],
    "/proc": ["thread states", "process times"],
    "waitid": ["ended children"],
    "inotify": ["file notices"],
    "linux": ["file notices"],
}
# The walls that then stand, of those that stand here.
WALLS_WITHOUT = {
    "libseccomp": {"limits", "privileges", "landlock"},
    "C library": {"limits"},
    "linux": {"limits"},
}

# One of each category, which is seen without what is taken away.
REJECTED = (
    "await_every_coroutine/rejected/awaits__audit_not_awaited.py",
    "no_blocking_sleep/rejected/blocking__time_sleep.py",
    "gather_the_dashboard/rejected/concurrency__sequential.py",
    "gather_the_dashboard/rejected/errors__mixes_up_the_results.py",
    "lease_and_release/rejected/resources__no_finally.py",
    "deadline_to_504/rejected/timeouts__no_timeout.py",
)
# What each part is tried with: threads and files; all parts together with all katas.
SAMPLE = (
    "files_off_the_loop/solution.py",
    "answer_then_work/rejected/blocking__joins_the_thread.py",
)
SOLUTIONS = [f"{kata.slug}/solution.py" for kata in all_katas()]


def run(parts: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m` a command where parts are lacking."""
    return subprocess.run(
        [sys.executable, without.__file__, parts, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def graded(parts: str, number: int, *names: str) -> list[dict[str, Any]]:
    """What became of reference submissions.

    Args:
        number: which share of the checks what is right sits.
    """
    done = run(parts, "graders.tests.platforms.grading", str(number), *names)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["name"] for one in told] == list(names)
    return told


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(len(without.PARTS)))
def test_each_part_may_be_missing(number: int) -> None:
    part = [*without.PARTS][number]
    told = graded(part, number, *SAMPLE)
    assert [one["complaint"] for one in told] == [""] * len(SAMPLE)
    for one in told[:-1]:
        assert one["missing"] == NAMED.get(part, [])
        assert set(one["walls"]) <= WALLS_WITHOUT.get(part, set(WALLS))
        assert one["failed"] == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("group", range(4))
def test_all_parts_may_be_missing(group: int) -> None:
    solutions = SOLUTIONS[group::4]
    names = [*solutions, *REJECTED[group::4]]
    told = graded(EVERYTHING, group, *names)
    assert {one["name"]: one["complaint"] for one in told} == dict.fromkeys(names, "")
    for one in told[: len(solutions)]:
        # As on macOS, but for the limits.
        assert one["walls"] == ["limits"]
        assert one["missing"] == [part.name for part in platform_parts.PARTS]


def test_there_is_a_rejected_submission_of_each_category() -> None:
    names = [name.partition("rejected/")[2].partition("__")[0] for name in REJECTED]
    assert sorted(names) == sorted(CATEGORIES)


@pytest.mark.parametrize("parts", ["fork", "modules", "fork,modules"])
@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("graders.cli", ["list"]),
        ("graders.cli", ["run", "gather_the_dashboard"]),
        ("pytest", ["katas/gather_the_dashboard"]),
    ],
)
def test_where_nothing_can_be_graded_one_sentence_says_what_to_do(
    parts: str, module: str, arguments: list[str]
) -> None:
    done = run(parts, module, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("ERROR: Async Katas does not run on ")
    assert "on Windows work in WSL (wsl --install)" in line
    assert ".devcontainer" in line


def test_this_machine_can_grade() -> None:
    assert platform_parts.refusal() == ""


def test_system_calls_are_known_for_the_machines_that_are_named() -> None:
    calls = {
        "x86_64": system_calls._X86_64,
        "aarch64": system_calls._AARCH64,
    }
    assert set(calls) == set(platform_parts.MACHINES)


def test_a_thread_has_computed_for_some_time_or_nobody_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import _thread

    me = _thread.get_ident()
    before = platform_parts.processor_time(me)
    sum(range(10_000))
    after = platform_parts.processor_time(me)
    assert before is not None
    assert after is not None
    assert after > before
    monkeypatch.setattr(platform_parts, "_clock_of", None)
    assert platform_parts.processor_time(me) is None


@pytest.mark.parametrize(("cpu", "limit"), [(limits.ONE_TURN, 20.0), (1.0, 4.0)])
def test_without_process_times_a_silent_host_has_real_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cpu: float, limit: float
) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(watchdog, "real", SimpleNamespace(monotonic=lambda: clock.now))
    # A process that /proc knows nothing of.
    watch = watchdog.Watch(2**30, tmp_path, cpu=cpu)
    watch.begin()
    clock.now += limit - 0.1
    assert watch.look() is None
    clock.now += 0.1
    assert watch.look() == (
        f"Your program did not come to rest within {limit:g} s of real time and was "
        "stopped."
    )
