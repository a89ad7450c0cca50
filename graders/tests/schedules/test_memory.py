"""What holds for all submissions of a launcher is found out once."""

from __future__ import annotations

import gc
import weakref
from functools import partial

from graders.proctor.schedules import memory
from graders.proctor.schedules.memory import Memory


class Hosts:
    """Stands for a launcher."""


def test_it_is_found_out_once_for_each_launcher_and_key() -> None:
    known: Memory[int] = Memory()
    found: list[int] = []

    def find_out() -> int:
        found.append(len(found))
        return found[-1]

    one, other = Hosts(), Hosts()
    assert [known.recall(one, ("a",), find_out) for _ in range(2)] == [0, 0]
    assert known.recall(one, ("b",), find_out) == 1
    assert known.recall(other, ("a",), find_out) == 2
    assert found == [0, 1, 2]


def test_a_full_memory_forgets() -> None:
    known: Memory[int] = Memory()
    hosts = Hosts()
    for number in range(memory._MOST + 1):
        known.recall(hosts, (number,), partial(int, number))
    assert known.recall(hosts, (memory._MOST,), lambda: -1) == memory._MOST
    assert known.recall(hosts, (0,), lambda: -1) == -1


def test_it_keeps_no_launcher_alive() -> None:
    known: Memory[int] = Memory()
    hosts = Hosts()
    known.recall(hosts, (), lambda: 1)
    alive = weakref.ref(hosts)
    del hosts
    gc.collect()
    assert alive() is None
