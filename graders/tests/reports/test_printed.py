from __future__ import annotations

import os

import pytest

from graders.proctor import Launcher, Options, exhibits, find_kata
from graders.reports import RecordedGrading


def _descriptors() -> int:
    return len(os.listdir("/dev/fd"))


@pytest.mark.parametrize("name", ["stub", "timeouts__answers_of_others"])
def test_nothing_stays_open_however_often_a_check_is_carried_out(
    hosts: Launcher, name: str
) -> None:
    kata = find_kata("no_blocking_sleep")
    [wrong] = [
        one for one in exhibits(kata) if one.name == name or one.kind == name == "stub"
    ]
    # What is opened once for this process, and the zygote's connection.
    RecordedGrading(kata, wrong.submission(), hosts, Options()).verdict()
    before = _descriptors()

    # The plan of a property that fails is made simpler, in more hosts.
    RecordedGrading(kata, wrong.submission(), hosts, Options()).verdict()

    assert _descriptors() == before
