"""What this platform offers of what not every platform has: one table, asked at start.

Linux has all of it. Elsewhere grading goes on with what there is, and the verdict names
what was missing: what a part is used for then has a gentler stand-in, which never fails
a submission for what could not be seen. Without the essentials there is no grading.

It stands above the two processes, because both ask it.
"""

from __future__ import annotations

import _thread
import importlib.util
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

# What this process may touch at any time, taken before a submission can replace it.
_LINUX = platform.system() == "Linux"
_clock_of = getattr(time, "pthread_getcpuclockid", None)
_read_clock = getattr(time, "clock_gettime_ns", None)

# Where the numbers of system calls are known; see `system_calls` of the host.
MACHINES = ("x86_64", "aarch64")


@dataclass(frozen=True)
class Part:
    """One thing that a platform may lack.

    Attributes:
        name: as verdicts and `kata doctor` show it.
        serves: what it is there for.
        without: what is not as exact without it.
        there: looks whether it is there.
    """

    name: str
    serves: str
    without: str
    there: Callable[[], bool]


def _readable(path: str) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return bool(os.read(descriptor, 1))
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _has_thread_states() -> bool:
    return platform.machine() in MACHINES and _readable(
        f"/proc/self/task/{_thread.get_native_id()}/syscall"
    )


PARTS = (
    Part(
        "thread states",
        "a call that blocks the loop is seen, whoever makes it",
        "Only blocking calls that are known by name are seen, and long computing.",
        _has_thread_states,
    ),
    Part(
        "processor clocks",
        "a thread's computing is measured in its own time",
        "A thread that is joined may compute for two seconds before that is told.",
        lambda: _clock_of is not None and _read_clock is not None,
    ),
    Part(
        "process times",
        "what has no end is stopped by what it computes",
        "A program without an end is stopped after 20 s of real time.",
        lambda: _readable(f"/proc/{os.getpid()}/stat"),
    ),
    Part(
        "ended children",
        "waiting for what has ended does not count as blocking",
        "Every os.waitpid() on the event loop counts as blocking.",
        lambda: hasattr(os, "waitid") and hasattr(os, "WNOWAIT"),
    ),
    Part(
        "file notices",
        "writing to a file that has its name already is seen",
        "A check of files_off_the_loop that looks for it looks for nothing.",
        lambda: sys.platform == "linux" and _importable("asyncinotify"),
    ),
)

# Without one of these no submission can be kept in a process of its own.
_ESSENTIALS: tuple[tuple[str, Callable[[], bool]], ...] = (
    ("os.fork", lambda: hasattr(os, "fork")),
    ("os.setsid", lambda: hasattr(os, "setsid")),
    ("fcntl", lambda: _importable("fcntl")),
    ("resource", lambda: _importable("resource")),
    ("termios", lambda: _importable("termios")),
)


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ValueError:
        # So it is told of a module that was made unavailable.
        return False


@cache
def missing_parts() -> tuple[str, ...]:
    """The names of the parts that this platform lacks, in the order of `PARTS`."""
    return tuple(part.name for part in PARTS if not part.there())


def processor_time(thread: int, native_id: int | None = None) -> int | None:
    """How long a thread of this process has computed.

    Linux is asked by the thread's number, where that is known: `pthread_getcpuclockid`
    reads the memory of a thread, which is no longer there once it has ended.

    Args:
        thread: its ident.
        native_id: its number; needed for a thread that may have ended.

    Returns:
        Nanoseconds; None where it has ended, or the platform keeps that to itself.
    """
    if _clock_of is None or _read_clock is None:
        return None
    try:
        if _LINUX and native_id:
            # https://man7.org/linux/man-pages/man3/pthread_getcpuclockid.3.html gives
            # the same: the number's complement, per thread, by the scheduler.
            return int(_read_clock(~native_id << 3 | 6))
        return int(_read_clock(_clock_of(thread)))
    except OSError:
        return None


def refusal() -> str:
    """Why nothing can be graded on this platform: a sentence, or nothing."""
    lacking = [name for name, there in _ESSENTIALS if not there()]
    if not lacking:
        return ""
    return (
        f"Async Katas does not run on {platform.system() or sys.platform} itself, "
        f"which has no {', '.join(lacking)}: on Windows work in WSL (wsl --install), "
        "elsewhere in the container of this project (.devcontainer)."
    )


def insist() -> None:
    """Say so and end, where nothing can be graded.

    Raises:
        SystemExit: 2, as for any command that cannot be used.
    """
    sentence = refusal()
    if sentence:
        print(f"ERROR: {sentence}", file=sys.stderr)
        raise SystemExit(2)
