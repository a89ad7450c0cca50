"""`kata watch`: a terminal, a watch on the files, and a process that grades."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from multiprocessing.connection import wait
from typing import NoReturn

from rich.console import Console, Group
from rich.live import Live

from graders.practice._grader import Grader
from graders.practice._keyboard import Keyboard
from graders.practice._progress import Notebook
from graders.practice._saves import Saves
from graders.practice._session import Session
from graders.proctor import Kata
from graders.reports.styled import styled

# Terminals that know synchronized output show a frame whole or not at all; the
# others pass over it: https://github.com/contour-terminal/vt-extensions
FRAME_BEGINS = "\x1b[?2026h"
FRAME_ENDS = "\x1b[?2026l"


def is_terminal(console: Console) -> bool:
    """Whether keys can be read and a screen be drawn."""
    return console.is_terminal and not console.is_dumb_terminal and sys.stdin.isatty()


def watch(
    katas: Sequence[Kata], kata: Kata, notebook: Notebook, console: Console
) -> None:
    """Grade a kata whenever its file is saved, until the learner has had enough.

    The terminal is as it was before, however this ends.

    Args:
        katas: in their order.
        kata: the one to begin with.
        notebook: where the progress is kept.
        console: a terminal.
    """
    with ExitStack() as stack:
        stack.enter_context(_ended_in_good_order())
        grader = stack.enter_context(closing(Grader()))
        saves = stack.enter_context(closing(Saves(kata.folder.parent)))
        session = Session(katas, kata, notebook, grader)
        signals = stack.enter_context(_signals())
        # Left first of all: what else there is to end may take its time.
        keyboard = stack.enter_context(Keyboard(sys.stdin.fileno()))
        live = stack.enter_context(
            Live(
                console=console,
                screen=True,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
        )
        # Ctrl-C is one more way to say that it is enough.
        stack.enter_context(contextlib.suppress(KeyboardInterrupt))
        while not session.ended:
            width, height = console.size
            drawn = session.draw(width, height)
            with _whole_frame(console):
                live.update(Group(*map(styled, drawn.lines)), refresh=True)
            for ready in wait(
                [keyboard.fileno(), saves.fileno(), signals, *grader.wires],
                grader.patience,
            ):
                if ready == keyboard.fileno():
                    for key in keyboard.read():
                        session.press(key)
                elif ready == saves.fileno():
                    saves.heard()
                    session.look()
                elif ready is signals:
                    signals.recv(2**12)
            for said in grader.receive(timeout=0):
                session.hear(said)


@contextlib.contextmanager
def _whole_frame(console: Console) -> Iterator[None]:
    console.file.write(FRAME_BEGINS)
    try:
        yield
    finally:
        console.file.write(FRAME_ENDS)
        console.file.flush()


@contextlib.contextmanager
def _ended_in_good_order() -> Iterator[None]:
    """Being asked to end unwinds what was begun, as an error does."""

    def end(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    asked = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, end) for number in asked}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _signals() -> Iterator[socket.socket]:
    """Readable after a signal, as when the terminal has got another size."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        resized = signal.signal(signal.SIGWINCH, lambda number, frame: None)
        try:
            yield ours
        finally:
            signal.signal(signal.SIGWINCH, resized)
            signal.set_wakeup_fd(before)
