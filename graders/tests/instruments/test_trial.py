"""An instrument that stays silent stops the grading: no evidence is not innocence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

import graders
from graders.host.trial import mistakes
from graders.wire import HTTP_LIBRARIES

ROOT = Path(graders.__file__).parent

# Imports what a zygote does, and then lets each line's fork do what it says and try the
# instruments: as if they had been written for another release.
TRIES = """
import gc, json, os, socket, sys
sys.path.insert(0, sys.argv[1])
from graders.host import private_parts
from graders.host import libraries, zygote
from graders.host.walls import Walls

needs = ["database"]
gc.disable()
libraries.preload(needs)
walls = Walls()
gc.freeze()
control, _ = socket.socketpair()
for line in sys.stdin:
    if os.fork() == 0:
        try:
            exec(json.loads(line))
            zygote._try_the_instruments(control, needs, walls)
            text = ""
        except private_parts.Unusable as exc:
            text = str(exc)
        os.write(1, json.dumps(text).encode() + b"\\n")
        os._exit(0)
    os.wait()
"""

Try = Callable[[str], str]


@pytest.fixture(scope="module")
def attempt() -> Iterator[Try]:
    """Call it with what to do first; what the trial complains of, or nothing."""
    with subprocess.Popen(
        [sys.executable, "-P", "-c", TRIES, str(ROOT.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def attempt(code: str) -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(code) + "\n")
            process.stdin.flush()
            return str(json.loads(process.stdout.readline()))

        yield attempt


def test_with_what_is_installed_every_instrument_proves_itself(attempt: Try) -> None:
    assert attempt("") == ""


DUMB = "graders.host.instruments."
# What does nothing any more -> whose mistakes are not told, and what is lost.
SILENCED = {
    f"{DUMB}leftovers:Leftovers._never_awaited": ("Python", "never awaited"),
    f"{DUMB}leftovers:Leftovers._unhandled": ("Python", "error never retrieved"),
    f"{DUMB}leftovers:Leftovers.pending": ("Python", "task left"),
    f"{DUMB}threads_left:ThreadsLeft._left_open": ("Python", "executor left open"),
    f"{DUMB}threads_left:ThreadsLeft.report": ("Python", "thread left"),
    f"{DUMB}sync_files:Files._audit": ("Python", "file"),
    f"{DUMB}sync_files:Files._opened": ("Python", "file left open"),
    f"{DUMB}sync_sqlite:Databases.install": ("Python", "blocked"),
    f"{DUMB}loop_monitor:LoopMonitor.announce": ("Python", "blocked"),
    f"{DUMB}waits:Waits._watch_threads": ("Python", "a wait for a thread"),
    f"{DUMB}waits:Waits._watch_timers": ("Python", "a timer"),
    f"{DUMB}waits:Waits._watch_turns": ("anyio", "a wait"),
    f"{DUMB}answer_lines:AnswerLines._watch_endpoints": ("fastapi", "an answer"),
    f"{DUMB}answer_lines:AnswerLines._note_model": ("fastapi", "a part"),
    f"{DUMB}waits:Waits._watch_requests": ("httpx2", "a wait for a connection"),
    f"{DUMB}clients:Clients._watch_client": ("httpx2", "client left open"),
    f"{DUMB}clients:Clients._watch_pool": ("httpx2", "client opened"),
    f"{DUMB}clients:Clients._closed": ("httpx2", "client closed"),
    "graders.host.world.network:HostNetwork.announce": ("httpx", "a connection"),
    "graders.host.world.network:HostNetwork.post_data": ("httpx", "a request"),
}
_DATABASE = "graders.host.instruments.sqlalchemy_use:SessionTracer."
SILENCED |= {
    f"{_DATABASE}{name}": ("sqlalchemy", what)
    for name, what in {
        "_checked_out": "checkout",
        "_checked_in": "checkin",
        "_before_statement": "statement",
        "_began": "session begun",
        "_ended": "session ended",
        "install": "session opened",
    }.items()
}


@pytest.mark.parametrize("silent", SILENCED)
def test_a_silent_instrument_is_named_with_its_library(
    attempt: Try, silent: str
) -> None:
    library, what = SILENCED[silent]
    module, _, name = silent.partition(":")
    owner, method = name.split(".")
    result = "[]" if method in ("pending", "_left_open") else "None"
    text = attempt(
        f"import {module} as module\n"
        f"module.{owner}.{method} = lambda *args, **kwargs: {result}"
    )
    release = sys.version.split()[0] if library == "Python" else version(library)
    assert f"{library} {release} does not let the exam see" in text
    assert mistakes.LOST[what] in text


WITHOUT_EACH = """
from graders.host.trial.trial import _Examination as One
silent = One.silent

def without_each(self):
    assert silent(self) == []
    told, found = self._told, {}
    for kind in {kind for _, kind, _ in self._wanted}:
        self._told = {one for one in told if one[0] != kind}
        found[kind] = self.complaints()
    return [json.dumps(found)]

One.silent = without_each
"""


def test_every_kind_of_report_is_missed_when_it_does_not_come(attempt: Try) -> None:
    """Each kind by itself, whoever reports it."""
    found = json.loads(attempt(WITHOUT_EACH))
    assert set(found) == set(mistakes.LOST)
    for kind, (sentence, *_) in found.items():
        assert f" see {mistakes.LOST[kind]}: " in sentence


@pytest.mark.parametrize("library", [library.name for library in HTTP_LIBRARIES])
def test_an_endpoint_that_fails_shows_its_error(attempt: Try, library: str) -> None:
    text = attempt(f"import {library}\ndel {library}.Limits")
    assert text.startswith(f"{library} {version(library)} does not let the exam see")
    assert text.endswith("has no attribute 'Limits')")


def test_a_host_that_ends_early_is_told(attempt: Try) -> None:
    text = attempt(
        "import os\nfrom graders.host import host\n"
        "host.Host._load = lambda self, message: os._exit(0)"
    )
    assert text.startswith("The host in which the instruments were tried ended early")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The graders, as they would be with an instrument for another release."""
    shutil.copytree(
        ROOT,
        tmp_path / "graders",
        ignore=shutil.ignore_patterns("tests", "__pycache__"),
    )
    return tmp_path


def _doctor(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", DOCTOR, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )


DOCTOR = """
import sys
sys.path.insert(0, sys.argv[1])
from graders.cli import main
sys.argv[1:] = ["doctor"]
main()
"""


def test_the_doctor_says_that_nobody_can_be_graded(copied: Path) -> None:
    path = copied / "graders" / "host" / "instruments" / "clients.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"client left open"', '"task left"'), "utf-8")
    ended = _doctor(copied)
    assert ended.returncode == 3
    words = " ".join(ended.stdout.split())
    assert f"httpx {version('httpx')} does not let the exam see clients" in words


def test_a_part_that_is_gone_stops_a_zygote(copied: Path) -> None:
    path = copied / "graders" / "host" / "private_parts.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"run_endpoint_function"', '"run_endpoint"'), "utf-8")
    ended = _doctor(copied)
    assert ended.returncode == 3
    words = " ".join(ended.stdout.split())
    assert f"fastapi {version('fastapi')} does not let the exam see the lines" in words
