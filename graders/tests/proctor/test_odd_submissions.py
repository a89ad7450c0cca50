"""Submissions that no suite has thought of: none makes a fault of the grader's."""

from __future__ import annotations

import ast
from itertools import cycle
from pathlib import Path

import pytest

from graders.authoring import odd_answers
from graders.proctor import (
    DEFAULT_SEED,
    Grading,
    Kata,
    Launcher,
    Options,
    Submission,
    Verdict,
    all_katas,
    find_kata,
)

KATAS = [kata.slug for kata in all_katas() if not kata.turns_the_tables]
ASKING = [kata.slug for kata in all_katas() if kata.manifest.services]

NO_ENDPOINTS = "from fastapi import FastAPI\napp = FastAPI()\n"
# Each tells most of what a suite may overlook. Here a kata meets one of each kind in
# turn; `kata verify --mutants` tries all shapes with all katas.
SHAPES = ("an object in a list", "its values as others")
ARGUMENTS = ("[1]", "2**70")


def _grade(kata: Kata, source: str, hosts: Launcher) -> Verdict:
    submission = Submission(Path("/nowhere/app.py"), kata.manifest.file, source)
    # What a suite does not expect is met in the first plans.
    options = Options(DEFAULT_SEED, reduce=False, plans=2, controls=0)
    return Grading(kata, submission, hosts, options).verdict()


def _expect_findings(verdict: Verdict) -> None:
    """It is failed, and by findings alone."""
    assert verdict.status == "failed"
    lost = [one for one in verdict.results if one.outcome != "passed"]
    assert all(one.outcome == "failed" and not one.error for one in lost)
    assert all(one.findings for one in lost)


@pytest.mark.parametrize("slug", KATAS)
def test_an_application_without_endpoints_is_told_findings(
    slug: str, hosts: Launcher, capfd: pytest.CaptureFixture[str]
) -> None:
    _expect_findings(_grade(find_kata(slug), NO_ENDPOINTS, hosts))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("slug", "shape"), [*zip(KATAS, cycle(SHAPES))])
def test_answers_of_an_odd_shape_are_told_findings(
    slug: str, shape: str, hosts: Launcher, capfd: pytest.CaptureFixture[str]
) -> None:
    kata = find_kata(slug)
    solution = kata.solution.read_text(encoding="utf-8")
    _expect_findings(_grade(kata, odd_answers(solution)[shape], hosts))
    assert capfd.readouterr() == ("", "")


class _Misuse(ast.NodeTransformer):
    """Puts something else in the place of each service's first argument.

    Also where the service is handed on, as in `to_thread(service, argument)`.
    """

    def __init__(self, services: dict[str, str], argument: str) -> None:
        self._services = services
        self._argument = argument

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        named = [node.func, *node.args]
        for place, one in enumerate(named):
            if isinstance(one, ast.Name) and one.id in self._services:
                odd = ast.parse(self._argument, mode="eval").body
                node.args[place : place + 1] = [odd]
                break
        return node


@pytest.mark.parametrize(("slug", "argument"), [*zip(ASKING, cycle(ARGUMENTS))])
def test_services_called_with_what_they_do_not_take_are_told_findings(
    slug: str, argument: str, hosts: Launcher, capfd: pytest.CaptureFixture[str]
) -> None:
    kata = find_kata(slug)
    tree = ast.parse(kata.solution.read_text(encoding="utf-8"))
    misused = ast.unparse(_Misuse(kata.manifest.services, argument).visit(tree))
    _expect_findings(_grade(kata, misused, hosts))
    assert capfd.readouterr() == ("", "")
