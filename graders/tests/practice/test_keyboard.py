from __future__ import annotations

import os
import pty
import termios
from collections.abc import Iterator
from contextlib import suppress

import pytest

from graders.practice._keyboard import DOWN, QUIT, UP, Keyboard


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """The two ends of a terminal: who types, and who reads."""
    typist, reader = pty.openpty()
    yield typist, reader
    for descriptor in (typist, reader):
        with suppress(OSError):
            os.close(descriptor)


def test_a_terminal_is_restored_after_a_crash(ends: tuple[int, int]) -> None:
    _, reader = ends
    before = termios.tcgetattr(reader)

    def crash() -> None:
        with Keyboard(reader):
            assert termios.tcgetattr(reader) != before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        crash()
    assert termios.tcgetattr(reader) == before


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        (["h"], ["h"]),
        (["aN"], ["a", "n"]),
        (["\x1b[A\x1b[B"], [UP, DOWN]),
        (["\x1bOA \x1b[6~b"], [UP, DOWN, DOWN, UP]),
        (["\x1b[1;5C"], ["\x1b[1;5c"]),
        (["\x1b", "[A"], [UP]),
        (["\x1b", "h"], ["\x1b", "h"]),
        (["\x04"], [QUIT]),
        (["é漢"], ["é", "漢"]),
    ],
)
def test_keys_have_names(
    ends: tuple[int, int], typed: list[str], keys: list[str]
) -> None:
    typist, reader = ends
    with Keyboard(reader) as keyboard:
        read: list[str] = []
        for part in typed:
            os.write(typist, part.encode())
            read += keyboard.read()
    assert read == keys


def test_a_terminal_that_is_gone_means_quit(ends: tuple[int, int]) -> None:
    typist, reader = ends
    keyboard = Keyboard(reader)
    os.close(typist)
    assert keyboard.read() == [QUIT]
