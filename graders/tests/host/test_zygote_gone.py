"""Somebody ends the process that forks hosts: nobody's verdict is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from graders.proctor import (
    PASSED,
    Exam,
    Grading,
    LauncherFailed,
    Result,
    Suite,
    ZygoteGone,
    check,
    find_kata,
    load_suite,
)
from graders.proctor.hosts.launcher import ForkLauncher
from graders.tests.hostile.corpus import as_submission, solution

_KATA = find_kata("no_blocking_sleep")


@pytest.fixture
def mortal() -> Iterator[ForkLauncher]:
    made = ForkLauncher(expected=[()])
    yield made
    made.close()


def _end(mortal: ForkLauncher) -> None:
    """As the kernel does when memory runs out."""
    zygote = mortal._zygotes[()]._process
    os.kill(zygote.pid, signal.SIGKILL)
    # It is gone, and not about to be; but who started it has not heard of it.
    os.waitid(os.P_PID, zygote.pid, os.WEXITED | os.WNOWAIT)


def _graded(mortal: ForkLauncher, kills: int) -> tuple[Result, int]:
    """The result, and how often the check was run.

    Args:
        kills: as many times its zygote is ended in the middle of the check.
    """
    runs = 0

    @check("errors", points=1, hint="")
    async def asks(exam: Exam) -> None:
        """It is alive"""
        nonlocal runs
        runs += 1
        if runs <= kills:
            _end(mortal)
        reply = await exam.get("/nothing/here")
        exam.expect_status(reply, 404)

    suite = Suite([asks], load_suite(_KATA).world)
    text = solution(_KATA).read_text(encoding="utf-8")
    grading = Grading(_KATA, as_submission(text), mortal, suite=suite)
    return grading.result(asks), runs


def test_in_the_middle_of_a_check(mortal: ForkLauncher) -> None:
    result, runs = _graded(mortal, kills=1)
    assert (result.outcome, runs) == (PASSED, 2)


def test_between_two_checks_and_while_it_imports(mortal: ForkLauncher) -> None:
    # It has just been started.
    _end(mortal)
    assert _graded(mortal, kills=0)[0].outcome == PASSED
    _end(mortal)
    assert _graded(mortal, kills=0)[0].outcome == PASSED


def test_who_ends_it_again_and_again_is_not_graded_for_ever(
    mortal: ForkLauncher,
) -> None:
    with pytest.raises(ZygoteGone, match="was ended by somebody"):
        _graded(mortal, kills=2)
    assert issubclass(ZygoteGone, LauncherFailed)
    # The next one finds a new one.
    assert _graded(mortal, kills=0)[0].outcome == PASSED
