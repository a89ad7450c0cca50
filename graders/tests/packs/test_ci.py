from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from graders.packs import Settings, github_files, gitlab_files
from graders.proctor import REFERENCE, find_kata
from graders.tests.packs.places import machine_with_graders, repository, run

KATAS = [find_kata("no_blocking_sleep"), find_kata("test_the_async_service")]
SLUG = "no_blocking_sleep"
WRONG = REFERENCE / SLUG / "rejected" / "blocking__time_sleep.py"
WORKFLOW = ".github/workflows/grade.yml"

# Whatever walls this machine has: they have tests of their own.
SETTINGS = Settings(seed="7", feedback="hints", sandbox="auto")

# What a learner may put into a repository; the last file alone is for the grader.
HOSTILE = {
    WORKFLOW: "on: push",
    ".gitlab-ci.yml": "grade: {script: echo full marks}",
    ".gitattributes": "*.py filter=mine",
    "conftest.py": "raise SystemExit(0)",
    "sitecustomize.py": "raise SystemExit(0)",
    "graders/__init__.py": "raise SystemExit(0)",
    "venv/bin/python": "#!/bin/sh\nexit 0",
    "verdict.json": '{"status": "passed"}',
    f"{SLUG}/app.py": WRONG.read_text(encoding="utf-8"),
}


def flat(script: Iterable[Any]) -> Iterator[str]:
    """GitLab's scripts may hold lists, from anchors."""
    for part in script:
        if isinstance(part, str):
            yield part
        else:
            yield from flat(part)


@pytest.fixture(scope="module")
def github() -> dict[str, Any]:
    workflow = yaml.safe_load(github_files(KATAS, SETTINGS)[WORKFLOW])
    job: dict[str, Any] = workflow["jobs"]["grade"]
    return job


def test_github_workflows_are_valid_and_so_are_gitlab_jobs(tmp_path: Path) -> None:
    names = []
    for name, text in {
        **github_files(KATAS, SETTINGS),
        **gitlab_files(KATAS, SETTINGS),
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        names += [str(path)] if name.endswith(".yml") else []
    for schema, paths in (
        ("vendor.github-workflows", names[:-1]),
        ("vendor.gitlab-ci", names[-1:]),
    ):
        done = CliRunner().invoke(
            check_jsonschema, ["--builtin-schema", schema, *paths]
        )
        assert done.exit_code == 0, done.output


def test_no_value_from_outside_is_pasted_into_a_script(github: dict[str, Any]) -> None:
    for step in github["steps"]:
        assert "${{" not in step.get("run", "")


def test_the_workflows_may_read_and_nothing_more() -> None:
    for name, text in github_files(KATAS, SETTINGS).items():
        if name.endswith(".yml"):
            read = yaml.safe_load(text)
            assert read["permissions"] == {"contents": "read"}
            assert not any("permissions" in job for job in read["jobs"].values())


def test_no_step_checks_out_a_submission(github: dict[str, Any]) -> None:
    checkouts = [
        step["with"]
        for step in github["steps"]
        if step.get("uses", "").startswith("actions/checkout@")
    ]
    assert [one["repository"] for one in checkouts] == ["${{ vars.KATA_GRADERS }}"]
    assert checkouts[0]["persist-credentials"] is False
    assert "actions/cache" not in json.dumps(github)


def test_a_learner_changes_no_mark_on_github(
    github: dict[str, Any], tmp_path: Path
) -> None:
    commit = repository(tmp_path / "school" / "ada.git", HOSTILE)
    machine = machine_with_graders(tmp_path / "machine")
    values = {
        "GITHUB_SERVER_URL": f"file://{tmp_path}",
        "REPOSITORY": "school/ada",
        "COMMIT": commit,
        "TOKEN": "none",
        "KATA": SLUG,
        "FILE": "app.py",
        **{name: github["env"][name] for name in ("SEED", "FEEDBACK", "SANDBOX")},
    }
    for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        values[name] = str(tmp_path / name)
        Path(values[name]).touch()
    steps = {step["name"]: step["run"] for step in github["steps"] if "run" in step}

    def step(name: str) -> tuple[int, str]:
        for line in Path(values["GITHUB_ENV"]).read_text().splitlines():
            key, _, value = line.partition("=")
            values[key] = value
        # As the platform runs it.
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
        # setup-python has been there.
        programs = f"{machine / 'venv' / 'bin'}:{os.environ['PATH']}"
        done = run([*bash, steps[name]], machine, **{**values, "PATH": programs})
        return done.returncode, done.stdout

    assert step("Fetch the submission") == (0, "")
    assert os.listdir(machine / "submission") == ["app.py"]
    assert sorted(os.listdir(machine)) == ["submission", "venv"]

    code, printed = step("Grade")
    assert code == 1, printed
    first, *_, last = printed.splitlines()
    token = first.removeprefix("::stop-commands::")
    assert len(token) == 32
    assert last == f"::{token}::"

    code, printed = step("Report")
    assert code == 0, printed
    assert "\n::error " in "\n" + printed
    text = (machine / "results" / f"{SLUG}.json").read_text(encoding="utf-8")
    verdict = json.loads(text)
    assert (verdict["status"], verdict["seed"]) == ("failed", "7")
    assert verdict["score"] < verdict["points"]
    summary = Path(values["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")
    told = f"{verdict['score']}/{verdict['points']} points"
    assert told in summary.replace("\\", "")
    # Feedback was settled as "hints", for whoever can download artifacts as well.
    assert '"expected": ""' in text


def test_a_learner_changes_no_mark_on_gitlab(tmp_path: Path) -> None:
    jobs = yaml.safe_load(gitlab_files(KATAS, SETTINGS)["grade.gitlab-ci.yml"])
    assert {name for name in jobs if name in {kata.slug for kata in KATAS}} == {
        kata.slug for kata in KATAS
    }
    choice, install, *rest = flat(jobs[SLUG]["script"])
    assert "pip install" in install
    commit = repository(tmp_path / "ada.git", HOSTILE)
    machine = machine_with_graders(tmp_path / "machine")
    done = run(
        ["bash", "-eo", "pipefail", "-c", "\n".join([choice, *rest])],
        machine,
        CI_REPOSITORY_URL=f"file://{tmp_path}/ada.git",
        CI_COMMIT_SHA=commit,
        # A variable that somebody gave to the pipeline.
        kata="test_the_async_service",
    )
    assert done.returncode == 1, done.stdout
    assert os.listdir(machine / "submission") == ["app.py"]
    suites = ElementTree.parse(machine / "results" / "junit.xml").getroot()
    assert suites.findall(".//failure")
    text = (machine / "results" / f"{SLUG}.json").read_text(encoding="utf-8")
    assert json.loads(text)["seed"] == "7"
