"""What a submission may open: its scratch folder, Python and its libraries.

Everything else is refused by the kernel: suites and reference solutions, other
submissions, `/etc`, `/home`, `/proc` and sockets in the file system.
https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
from collections.abc import Iterator

from graders.host.walls.kernel import (
    KernelRefuses,
    landlock_grant,
    landlock_restrict,
    landlock_ruleset,
    landlock_version,
)

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_REGULAR = 1 << 7, 1 << 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14
# All rights on files by release: up to MAKE_SYM, REFER, TRUNCATE, IOCTL_DEV.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
_TRUNCATE_SINCE = 3
_FILE_RIGHTS_SINCE_5 = (1 << 16) - 1
# Binding and connecting by TCP; abstract Unix sockets and signals to the outside.
_NETWORK_SINCE_4 = 0b11
_SCOPES_SINCE_6 = 0b11

# What each release is the first to refuse or to allow, and the kernel that brought it.
# Seccomp refuses the same, so these are second walls behind the first; only that files
# can be moved is something that a learner may miss.
_BROUGHT = (
    (2, "5.19", "files can be moved from folder to folder"),
    (3, "6.2", "Landlock itself keeps files elsewhere from being emptied"),
    (4, "6.7", "Landlock itself refuses TCP"),
    (5, "6.10", "Landlock itself refuses requests to devices"),
    (6, "6.12", "Landlock itself refuses signals and abstract sockets"),
)

_READ = _READ_FILE | _READ_DIR
# No links, pipes, devices or sockets: the grader reads here too.
_SCRATCH = (
    _READ
    | _WRITE_FILE
    | _REMOVE_DIR
    | _REMOVE_FILE
    | _MAKE_DIR
    | _MAKE_REGULAR
    | _REFER
    | _TRUNCATE
)
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE

# Shared libraries, zones, locales, certificates and terminals: as programs expect them.
_SYSTEM = (
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/usr/share/locale",
    "/usr/share/ca-certificates",
    "/usr/share/terminfo",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/ssl",
    "/etc/terminfo",
    "/dev/urandom",
    "/dev/random",
    "/dev/zero",
)
_NOTHING = "/dev/null"
_PARTS = ("stdlib", "platstdlib", "purelib", "platlib")
# Instruments look here for what the threads of this process wait for, where nobody else
# opens it for them; see `thread_files`.
_THREADS = "/proc/self/task"


class Landlock:
    """Args:
    version: the release that the kernel speaks; 0 for none.
    """

    def __init__(self, version: int) -> None:
        self._version = version
        self._readable = list(_readable()) if version else []

    @classmethod
    def prepared(cls) -> Landlock:
        """What can be found out before there is a submission."""
        try:
            return cls(landlock_version())
        except KernelRefuses:
            return cls(0)

    @property
    def left_to_seccomp(self) -> str:
        """System calls on files elsewhere that this release does not refuse."""
        return "truncate" if self._version < _TRUNCATE_SINCE else ""

    def rise(self, folder: str, *, threads: bool) -> None:
        """Confine this process.

        Args:
            folder: the only place where it may write.
            threads: whether it may read what the kernel says of its threads.

        Raises:
            KernelRefuses: there is no Landlock.
        """
        version = self._version
        if not version:
            raise KernelRefuses("no Landlock here")
        handled = _FILE_RIGHTS.get(min(version, 3), 0)
        if version >= 5:
            handled = _FILE_RIGHTS_SINCE_5
        ruleset = landlock_ruleset(
            handled,
            _NETWORK_SINCE_4 if version >= 4 else 0,
            _SCOPES_SINCE_6 if version >= 6 else 0,
        )
        try:
            for path, rights in self._readable:
                _grant(ruleset, path, rights & handled)
            _grant(ruleset, _NOTHING, (_READ_FILE | _WRITE_FILE) & handled)
            if threads:
                _grant(ruleset, _THREADS, _READ)
            _grant(ruleset, folder, _SCRATCH & handled)
            landlock_restrict(ruleset)
        finally:
            os.close(ruleset)


def lacking(version: int | None = None) -> str:
    """A line on what newer kernels add to Landlock; empty where there is nothing.

    Args:
        version: the release that the kernel speaks; asked for when left out.
    """
    if version is None:
        try:
            version = landlock_version()
        except KernelRefuses:
            return ""
    missing = [
        f"{what} (Linux {since})" for at, since, what in _BROUGHT if at > version
    ]
    return f"release {version}; newer: {', '.join(missing)}" if missing else ""


def _grant(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        # What is not there needs no right.
        return
    try:
        if not os.path.isdir(path):
            rights &= _ON_FILES
        landlock_grant(ruleset, descriptor, rights)
    finally:
        os.close(descriptor)


def _readable() -> Iterator[tuple[str, int]]:
    """Files and folders that may be read, and the rights on each."""
    hidden = _hidden()
    python = {
        *(os.path.realpath(entry) for entry in sys.path if entry),
        *(os.path.realpath(sysconfig.get_path(name)) for name in _PARTS),
    }
    libraries = os.path.realpath(os.path.join(sys.base_prefix, "lib"))
    with contextlib.suppress(OSError):
        python |= {
            entry.path
            for entry in os.scandir(libraries)
            if entry.name.startswith("lib") and ".so" in entry.name
        }
    granted = ""
    for path in sorted({os.path.realpath(path) for path in (*python, *_SYSTEM)}):
        if granted and path.startswith(f"{granted}/"):
            continue
        parts = list(_without(path, hidden))
        granted = path if parts == [(path, _READ)] else ""
        yield from parts


def _hidden() -> set[str]:
    """The graders with their suites, the katas, and the reference solutions."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    root = os.path.dirname(os.path.realpath(package))
    return {os.path.join(root, name) for name in ("graders", "katas", "reference")}


def _without(path: str, hidden: set[str]) -> Iterator[tuple[str, int]]:
    """A tree, but for what is hidden in it."""
    if path in hidden:
        return
    if not any(name.startswith(path.rstrip("/") + "/") for name in hidden):
        yield path, _READ
        return
    # A right on a folder holds for all within, so its parts get theirs one by one;
    # names must be known, or nothing could be imported.
    yield path, _READ_DIR
    with contextlib.suppress(OSError):
        for entry in sorted(os.listdir(path)):
            yield from _without(os.path.join(path, entry), hidden)
