"""Runs a program as on a machine that lacks something: `python` this file
PARTS PROGRAM ARGUMENTS, with PARTS joined by commas, and PROGRAM a file or `-m MODULE`.

The parts are really taken away, before anything of the graders is imported: names from
modules, modules from the import system, files from what can be opened. The processes
that the graders start lack them too.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _names(*parts: tuple[Any, str]) -> Callable[[], None]:
    def take() -> None:
        for owner, name in parts:
            if hasattr(owner, name):
                delattr(owner, name)

    return take


def _modules(*names: str) -> Callable[[], None]:
    def take() -> None:
        for name in names:
            # What has been imported stays with whoever has it.
            sys.modules[name] = None  # type: ignore[assignment]

    return take


def _proc() -> None:
    def refuse(event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and str(args[0]).startswith("/proc/"):
            raise FileNotFoundError(2, "No such file or directory", args[0])

    sys.addaudithook(refuse)


def _kernel() -> None:
    """Landlock, seccomp and privileges: no C library can be loaded to ask for them."""
    import ctypes

    real = ctypes.CDLL.__init__

    def init(self: Any, name: Any, *args: Any, **options: Any) -> None:
        if name is None:
            raise OSError("no such library")
        real(self, name, *args, **options)

    ctypes.CDLL.__init__ = init  # type: ignore[method-assign]


def _linux() -> None:
    """The name alone: libraries and we go other ways where it is another."""
    import sysconfig
    from types import ModuleType

    # Read once, from a file with the platform's name.
    sysconfig.get_config_vars()
    sys.platform = "darwin"
    # What macOS has instead, as the process that grades finds it.
    service: Any = ModuleType("_scproxy")
    service._get_proxies = service._get_proxy_settings = dict
    sys.modules["_scproxy"] = service


PARTS: dict[str, Callable[[], None]] = {
    "pipe2": _names((os, "pipe2")),
    "processor clocks": _names((time, "pthread_getcpuclockid")),
    "/proc": _proc,
    "waitid": _names((os, "waitid"), (os, "WNOWAIT")),
    "sigtimedwait": _names((signal, "sigtimedwait"), (signal, "sigwaitinfo")),
    "fdatasync": _names((os, "fdatasync")),
    "affinity": _names((os, "sched_getaffinity"), (os, "sched_setaffinity")),
    "memfd": _names((os, "memfd_create")),
    "epoll": lambda: _names((__import__("select"), "epoll"))(),
    "inotify": _modules("asyncinotify"),
    "libseccomp": _modules("pyseccomp"),
    "C library": _kernel,
    "linux": _linux,
}
# What Windows has not.
UNIX: dict[str, Callable[[], None]] = {
    "fork": _names((os, "fork"), (os, "setsid"), (os, "sysconf")),
    "modules": _modules("fcntl", "resource", "termios", "tty", "pwd", "grp"),
}


def take_away(names: str) -> None:
    """Take parts away from this process.

    Args:
        names: joined by commas.
    """
    for name in names.split(","):
        (PARTS | UNIX)[name]()


def _pass_on(names: str) -> None:
    """Let every process that the graders start lack the same."""
    from graders.proctor.hosts import launcher, zygote

    real = zygote.command

    def command(kind: str, descriptor: int, *others: str) -> list[str]:
        python, safe, isolated, *rest = real(kind, descriptor, *others)
        return [python, safe, isolated, __file__, names, *rest]

    for module in (launcher, zygote):
        vars(module)["command"] = command


def main() -> None:
    names, program, *rest = sys.argv[1:]
    here = str(Path(__file__).parent)
    sys.path[:] = [entry for entry in sys.path if entry != here]
    take_away(names)
    if program == "-m":
        module, *rest = rest
        sys.path.insert(0, os.getcwd())
        if not set(names.split(",")) & set(UNIX):
            _pass_on(names)
        sys.argv = [module, *rest]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        sys.argv = [program, *rest]
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
