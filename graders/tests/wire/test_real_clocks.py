"""Real clocks are read, and real time is waited for, in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import graders

ROOT = Path(graders.__file__).parent
READINGS = {
    *("monotonic", "perf_counter", "process_time", "thread_time", "time"),
    *("clock_gettime", "sleep"),
}
# What these do with a clock decides nothing, or is scaled where it stands.
ALLOWED = {
    ("wire/real.py", "monotonic"),
    ("wire/real.py", "process_time"),
    ("wire/real.py", "sleep"),
    ("wire/real.py", "thread_time"),
    # The exam's own clocks and sleep, in place of the real ones.
    ("host/clock/time_module.py", "monotonic"),
    ("host/clock/time_module.py", "perf_counter"),
    ("host/clock/time_module.py", "time"),
    ("host/clock/time_module.py", "sleep"),
    ("host/clock/threads.py", "sleep"),
    # `sleep(0)`, which only lets others run.
    ("host/instruments/system_calls.py", "sleep"),
    # How old a remembered proof is, in days.
    ("host/trial/proofs.py", "time"),
    # Told, and compared with nothing.
    ("proctor/grading/grading.py", "monotonic"),
    # `--clock real`, where seconds of the exam are real ones.
    ("proctor/hosts/turns.py", "monotonic"),
    ("proctor/hosts/turns.py", "sleep"),
}


def _clocks(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(value=ast.Name(id="time"), attr=name):
                yield name
            case ast.ImportFrom(module="time"):
                yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("side", ["wire", "host", "proctor"])
def test_nothing_else_reads_a_real_clock(side: str) -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in sorted((ROOT / side).rglob("*.py"))
        for name in _clocks(path)
        if name in READINGS
    }
    assert found == {(file, name) for file, name in ALLOWED if file.startswith(side)}
