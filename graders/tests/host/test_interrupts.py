"""Ctrl-C means the same, wherever the tests or a grading were started."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graders.proctor import Exam, launcher
from graders.tests.exams import Examine
from graders.tests.interrupts import heard

_ASK = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"


@pytest.fixture
def _ignored() -> Iterator[None]:
    """As in a shell's background job."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_ignored")
def test_a_program_that_a_test_starts_hears_it() -> None:
    command = [sys.executable, "-c", _ASK]
    deaf = subprocess.run(command, capture_output=True, text=True, check=True)
    with heard():
        hears = subprocess.run(command, capture_output=True, text=True, check=True)

    assert (deaf.stdout, hears.stdout) == ("True\n", "False\n")
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.usefixtures("_ignored")
@pytest.mark.parametrize("kind", ["fork", "spawn"])
def test_a_submission_finds_the_handler_that_it_finds_elsewhere(
    kind: str, tmp_path: Path
) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).json() is True

    with launcher(kind) as hosts:
        Examine(hosts, tmp_path)(
            """
            import signal
            from fastapi import FastAPI

            app = FastAPI()

            @app.get("/")
            async def endpoint():
                return signal.getsignal(signal.SIGINT) is signal.default_int_handler
            """,
            body,
        )
