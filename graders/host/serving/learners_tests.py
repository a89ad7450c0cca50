"""Runs tests that a learner wrote: pytest, in a thread, on the exam's clock.

Loops that the tests start (pytest-asyncio's, TestClient's portal) are side loops, so a
sleep of two minutes in a test takes two virtual minutes, and is seen to.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graders.host.instruments.endpoints import site_of
from graders.host.instruments.failures import text_of
from graders.host.instruments.leftovers import name_of_task
from graders.host.instruments.recorder import Recorder
from graders.wire import Module, Outcome, Pending, RanTests, Site
from graders.wire.words import NANO

# Its tracebacks would show the copy of the service that the tests run on; the others
# are of no use here, or look where there is nothing.
_WITHOUT = (
    "terminal",
    "cacheprovider",
    "doctest",
    "faulthandler",
    "junitxml",
    "pastebin",
    "setuponly",
    "setupplan",
    "threadexception",
    "unraisableexception",
)
_OPTIONS = (
    "--capture=no",
    # One failure says enough, and those that come after it might wait for ever.
    "--maxfail=1",
    "--noconftest",
    "--import-mode=importlib",
    *(f"-pno:{name}" for name in _WITHOUT),
    # As the project's own configuration has it.
    "-o",
    "asyncio_mode=strict",
    "-o",
    "asyncio_default_fixture_loop_scope=function",
)


class LearnersTests:
    """Args:
    module: the learner's test file.
    folder: the private scratch folder, where pytest finds it.
    recorder: names the learner's lines.
    """

    def __init__(self, module: Module, folder: str, recorder: Recorder) -> None:
        self._module = module
        self._path = Path(folder) / module.label
        self._recorder = recorder
        recorder.sites.labels[str(self._path)] = module.label
        recorder.sites.known.add(str(self._path))
        self._watcher: _Watcher | None = None
        # Python keeps one for each thread.
        self._origin_depth = sys.get_coroutine_origin_tracking_depth()

    def run(self, order: int, done: Callable[[RanTests], None]) -> None:
        """Start the tests and return at once.

        Args:
            order: 0 as they stand, 1 the last one first, else drawn from this seed.
            done: called in the tests' thread when they have ended.
        """
        self._path.write_text(self._module.source, encoding="utf-8")
        threading.Thread(target=self._run, args=(order, done), name="tests").start()

    def pending(self) -> list[Pending]:
        """The test that is being run, if one is."""
        return self._watcher.running if self._watcher else []

    def _run(self, order: int, done: Callable[[RanTests], None]) -> None:
        import anyio.pytest_plugin
        import pytest
        import pytest_asyncio.plugin

        # Named by `-p` instead, pytest would read what every distribution offers.
        asynchronous = [pytest_asyncio.plugin, anyio.pytest_plugin]
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        sys.set_coroutine_origin_tracking_depth(self._origin_depth)
        self._watch_what_is_left()
        watcher = self._watcher = _Watcher(order, self._recorder)
        try:
            folder = str(self._path.parent)
            arguments = [*_OPTIONS, "-c", os.devnull, "--rootdir", folder]
            # Above the folder there is nothing that pytest may look at.
            arguments += ["--confcutdir", folder]
            arguments.append(str(self._path))
            pytest.main(arguments, plugins=[*asynchronous, watcher])
        except BaseException as exc:
            watcher.trouble = f"{type(exc).__name__}: {text_of(exc)}"
        done(RanTests(watcher.outcomes, watcher.trouble, watcher.site))

    def _watch_what_is_left(self) -> None:
        """Record the tasks of a test's that only the end of its loop has cancelled."""
        cancel_all = asyncio.runners._cancel_all_tasks  # type: ignore[attr-defined]

        def cancel_all_tasks(loop: asyncio.AbstractEventLoop) -> None:
            for task in asyncio.all_tasks(loop):
                site = self._recorder.sites.of_maker(task.get_coro())
                # Who has cancelled it and not waited for its end has thought of it.
                if site is not None and not task.cancelling():
                    self._recorder.record("task left", name_of_task(task), site)
            cancel_all(loop)

        asyncio.runners._cancel_all_tasks = (  # type: ignore[attr-defined]
            cancel_all_tasks
        )


class _Watcher:
    """A plugin of pytest's: what was collected, and how each test ended."""

    def __init__(self, order: int, recorder: Recorder) -> None:
        self._order = order
        self._recorder = recorder
        self._began = 0
        # Node id -> which case of its test it is, as they stand in the file.
        self._cases: dict[str, int] = {}
        self.outcomes: list[Outcome] = []
        self.running: list[Pending] = []
        self.trouble = ""
        self.site: Site | None = None

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        cases: Counter[str] = Counter()
        for item in items:
            function, bracket, _ = item.nodeid.partition("[")
            if bracket:
                cases[function] += 1
                self._cases[item.nodeid] = cases[function]
        if self._order == 1:
            items.reverse()
        elif self._order:
            random.Random(self._order).shuffle(items)

    def pytest_runtest_setup(self, item: Any) -> None:
        self._began = self._recorder.now()
        self.running = [
            Pending(item.name, "", self._defined(item), case=self._case(item))
        ]

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and not self.trouble:
            self.trouble = _last_line(report.longreprtext)

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        if call.when == "collect" and self.site is None:
            self.site = self._recorder.sites.of_exception(call.excinfo.value)

    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        defined = self._defined(item)
        if call.excinfo is not None:
            exc = call.excinfo.value
            site = self._recorder.sites.of_exception(exc) or defined
            kind = type(exc).__name__
            skipped = kind in ("Skipped", "XFailed")
            outcome = "skipped" if skipped else "failed"
            text = f"{kind}: {_said(exc)}"
            ended = Outcome(item.name, outcome, text, site, case=self._case(item))
            self.outcomes.append(ended)
        elif call.when == "call":
            took = (self._recorder.now() - self._began) / NANO
            ended = Outcome(item.name, "passed", "", defined, took, self._case(item))
            self.outcomes.append(ended)

    def _case(self, item: Any) -> int:
        return self._cases.get(item.nodeid, 0)

    def _defined(self, item: Any) -> Site | None:
        return site_of(self._recorder.sites, getattr(item, "function", None))


def _said(exc: BaseException) -> str:
    """The text of an error; pytest's own about a fixture is made where it is shown."""
    missing = getattr(exc, "argname", None)
    if type(exc).__name__ == "FixtureLookupError" and isinstance(missing, str):
        return getattr(exc, "msg", None) or f"fixture {missing!r} not found"
    return text_of(exc)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("E").strip()[:300] if lines else ""
