"""Imports what submissions use, once for all hosts, on the exam's primitives."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import sysconfig
import warnings
from collections.abc import Iterable

from graders.host import private_parts
from graders.host.clock import primitives, time_module
from graders.host.clock.this_machine import ThisMachine
from graders.host.world import hidden_modules, machine, missing_files
from graders.wire import HTTP_MODULES, Go, decoder
from graders.wire.work import Machine

# What submissions and the services of katas import, and what these libraries import
# themselves at their first use. Not all of them need be installed.
_LIBRARIES = (
    "concurrent.futures.thread",
    "http.server",
    "pydantic.dataclasses",
    "anyio._backends._asyncio",
    "anyio.from_thread",
    "anyio._core._fileio",
    "fastapi",
    "fastapi.responses",
    *HTTP_MODULES,
)
# What some katas need besides.
NEEDS = {
    "database": (
        "aiosqlite",
        "sqlalchemy.ext.asyncio",
        "sqlalchemy.orm",
        "graders.host.instruments.sqlalchemy_use",
        "graders.host.serving.warm_up_databases",
    ),
    "tests": (
        "pytest",
        "_pytest.helpconfig",
        "_pytest.skipping",
        "_pytest.tracemalloc",
        "_pytest.unittest",
        "_pytest.warnings",
        "pytest_asyncio.plugin",
        "anyio.pytest_plugin",
        "asgi_lifespan",
        "asgi_lifespan._concurrency.asyncio",
        "difflib",
        "fastapi.testclient",
        "pdb",
        "unittest.async_case",
    ),
}


def preload(needs: Iterable[str]) -> None:
    """Import what submissions use, on the exam's primitives.

    Args:
        needs: keys of NEEDS.
    """
    private_parts.require(private_parts.BEFORE_ALL)
    primitives.install()
    time_module.install()
    machine.install()
    missing_files.install()
    hidden_modules.leave_out()
    # Late, because it imports asyncio, which must find the exam's primitives.
    from graders.host.clock import timers
    from graders.host.world import sockets

    sockets.install()
    timers.install()
    _import_what_there_is(_LIBRARIES)
    private_parts.require(private_parts.OF_LIBRARIES)
    import graders.host.host
    import graders.host.trial.trial
    from graders.host.instruments.system_calls import Gil
    from graders.host.serving import warm_up
    from graders.host.world import httpx2_alias, tls

    _ = graders
    decoder(Go)
    tls.leave_out()
    httpx2_alias.let_alias()
    ThisMachine.speed = Machine.measured()
    Gil.learn()
    warm_up.rehearse()
    _forget_the_graders()
    for need in needs:
        if need == "database":
            private_parts.require(private_parts.OF_DATABASES)
        _import_what_there_is(NEEDS[need])


def _import_what_there_is(names: Iterable[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            with contextlib.suppress(ModuleNotFoundError):
                importlib.import_module(name)


def _forget_the_graders() -> None:
    """From here on nothing of the graders can be imported that is not needed here."""
    # Where they are installed as a package, the libraries stand beside them.
    libraries = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    sys.path[:] = [
        entry
        for entry in sys.path
        if entry in libraries
        or not os.path.exists(os.path.join(entry, "graders", "host"))
    ]
    sys.modules["graders"].__path__ = []
