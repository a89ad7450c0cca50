from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graders.tests.interrupts import heard
from graders.tests.plugin.project import SLUG, SOLUTION, make_project


class Session:
    """A pytest run at a terminal of its own, with `-s`."""

    def __init__(self, project: Path) -> None:
        self._ours, theirs = pty.openpty()
        command = [
            sys.executable,
            "-m",
            "pytest",
            f"katas/{SLUG}",
            "-s",
            "-k",
            "tea_is",
        ]
        with heard():
            self.process = subprocess.Popen(
                command, cwd=project, stdin=theirs, stdout=theirs, stderr=theirs
            )
        os.close(theirs)
        self.shown = ""

    def read_until(self, text: str) -> None:
        while text not in self.shown:
            data = self._read()
            assert data, self.shown
            self.shown += data

    def read_all(self) -> None:
        while data := self._read():
            self.shown += data

    def _read(self) -> str:
        try:
            return os.read(self._ours, 4096).decode()
        except OSError:
            # That is how a terminal says that nobody is at its other end.
            return ""

    def write(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    kata = make_project(tmp_path)
    stops = SOLUTION.replace("    try:", "    cups = 6 * 7\n    breakpoint()\n    try:")
    (kata / "app.py").write_text(stops)
    started = Session(tmp_path)
    yield started
    started.close()


def test_a_breakpoint_in_a_handler_opens_the_debugger(session: Session) -> None:
    session.read_until("(Pdb) ")
    # The check asks twice.
    session.write("p 'cups', cups\nc\nc\n")
    session.read_until("('cups', 42)")
    session.read_all()
    assert session.process.wait() == pytest.ExitCode.OK
    assert "1 passed" in session.shown


def test_an_interrupt_ends_the_run_while_the_debugger_waits(session: Session) -> None:
    session.read_until("(Pdb) ")
    session.process.send_signal(signal.SIGINT)
    session.read_all()
    assert session.process.wait() == pytest.ExitCode.INTERRUPTED
    assert "Traceback" not in session.shown
