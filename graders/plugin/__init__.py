"""The pytest plugin: `pytest katas/<slug>` grades, `pytest reference` proves suites."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from graders.plugin._checks import (
    CheckItem,
    KataFolder,
    begin,
    choose_bearers,
)
from graders.plugin._grader import GRADER, Grader, has_workers, is_worker
from graders.plugin._proofs import ProofItem, ReferenceFolder
from graders.plugin._scoreboard import Scoreboard, carry_outcome
from graders.plugin._targets import find_targets, is_kata, kata_of_reference
from graders.proctor import (
    AUTO,
    CATEGORIES,
    DEFAULT_SEED,
    KataError,
    SubmissionError,
)
from graders.reports.output import replaces

__all__ = [
    "pytest_addoption",
    "pytest_collect_directory",
    "pytest_collection_finish",
    "pytest_configure",
    "pytest_load_initial_conftests",
    "pytest_runtest_makereport",
    "pytest_sessionstart",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("katas")
    group.addoption(
        "--submission",
        metavar="PATH",
        help="grade this file, or the app.py in this folder, instead of the kata's own",
    )
    group.addoption(
        "--seed",
        metavar="N",
        default=DEFAULT_SEED,
        help="draw data and delays from this number (default: %(default)s)",
    )
    group.addoption(
        "--clock",
        metavar="CLOCK",
        default="virtual",
        help="virtual (default), or real: let the seconds of the checks pass",
    )
    group.addoption(
        "--launcher",
        metavar="LAUNCHER",
        default="fork",
        help="fork (default), or spawn: start every submission in a new interpreter",
    )
    group.addoption(
        "--sandbox",
        metavar="WALLS",
        default=AUTO,
        help="auto (default): behind the walls that this machine offers; full: behind "
        "all or not at all; none",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    known = early_config.known_args_namespace
    arguments = known.file_or_dir or early_config.getini("testpaths")
    for folder in find_targets(arguments, early_config.invocation_params.dir).katas:
        _refuse_conftests(folder)


def _refuse_conftests(folder: Path) -> None:
    """What pytest imports from a submission's folder would run inside the grader."""
    for pattern in ("conftest.py", "test*/conftest.py"):
        for path in folder.glob(pattern):
            raise pytest.UsageError(
                f"{folder.name}/{path.relative_to(folder)} would run inside the "
                "grader: remove it, or grade your file with --submission."
            )


def pytest_configure(config: pytest.Config) -> None:
    # What pytest prints on; nothing is captured yet.
    replaces(sys.stdout)
    for category in CATEGORIES:
        config.addinivalue_line("markers", f"{category}: a check of this category")
    grader = config.stash[GRADER] = Grader(config)
    config.add_cleanup(grader.launcher.close)
    if not is_worker(config):
        config.pluginmanager.register(Scoreboard(), "katas-scoreboard")


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    grader = config.stash[GRADER]
    targets = find_targets(config.args, config.invocation_params.dir)
    if grader.elsewhere is not None and len(targets.katas) != 1:
        raise pytest.UsageError(
            f"--submission {str(grader.elsewhere)!r} is for one kata, and this command "
            f"names {len(targets.katas) or 'none'}: give one folder, as in "
            "pytest katas/<slug> --submission PATH."
        )
    try:
        katas = [grader.look(folder) for folder in targets.katas]
    except (KataError, SubmissionError) as exc:
        raise pytest.UsageError(str(exc)) from exc
    if targets and not has_workers(config) and not config.option.collectonly:
        # It imports its libraries while pytest gets ready and collects.
        grader.launcher.begin({kata.needs for kata in katas})


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(
    path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    if is_kata(path):
        return KataFolder.from_parent(parent, path=path)
    if kata_of_reference(path) is not None:
        return ReferenceFolder.from_parent(parent, path=path)
    return None


def pytest_collection_finish(session: pytest.Session) -> None:
    choose_bearers(session.items)
    if not session.config.option.collectonly:
        begin(session.items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not isinstance(item, CheckItem | ProofItem):
        return report
    if report.failed and item.told is not None:
        report.longrepr = item.told  # type: ignore[assignment]
    if isinstance(item, CheckItem) and item.outcome is not None:
        if report.when == "call" or not report.passed:
            carry_outcome(report, item.outcome)
        if report.failed and item.printed:
            report.sections.append(("printed", item.printed))
        if report.skipped and isinstance(report.longrepr, tuple):
            # The reason, without a place in the grader's own source.
            report.longrepr = (str(item.path), 1, report.longrepr[2])
    return report
