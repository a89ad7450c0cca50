from __future__ import annotations

import json
import re
from typing import NamedTuple

import cmarkgfm
import pytest
from hypothesis import given, settings

from graders.proctor import FAILED, Finding, Result, Site, Verdict
from graders.reports import escape, no_commands
from graders.reports.formats import (
    github,
    github_classroom,
    github_summary,
    step_output,
)
from graders.tests.formats.verdicts import VERDICTS, hostile

quick = settings(max_examples=80, deadline=None)


class Command(NamedTuple):
    kind: str
    properties: dict[str, str]
    message: str


def _commands(text: str) -> list[Command]:
    """What GitHub's runner makes of lines."""
    found = []
    for line in text.splitlines():
        match = re.match(r"^\s*::([a-z-]+)(?: ([^:]*))?::(.*)$", line)
        assert match is not None, line
        pairs = [pair.split("=", 1) for pair in match[2].split(",")]
        properties = {name: _unescaped(value) for name, value in pairs}
        found.append(Command(match[1], properties, _unescaped(match[3])))
    return found


def _unescaped(text: str) -> str:
    for code, char in (("3A", ":"), ("2C", ","), ("0D", "\r"), ("0A", "\n")):
        text = text.replace(f"%{code}", char)
    return text.replace("%25", "%")


def _failing(text: str, times: int = 1, site: Site | None = None) -> Verdict:
    finding = Finding(text, text, text, site or Site("app.py", 7), text)
    results = [
        Result(f"test_{number}", "One title.", "errors", number + 1, FAILED, [finding])
        for number in range(times)
    ]
    return Verdict("dashboard", FAILED, "7", results, learner=text, notes=[text])


@quick
@given(text=hostile)
def test_an_annotation_says_what_was_meant_and_commands_nothing_else(
    text: str,
) -> None:
    error, warning, notice = _commands(github(_failing(text, site=Site(text, 7))))
    assert [error.kind, warning.kind, notice.kind] == ["error", "warning", "notice"]
    assert warning.message == escape(text)
    assert notice.message == "dashboard: 0/1 points, failed"
    if text:
        assert error.properties["file"] == escape(text)
        assert error.message.splitlines()[0] == f"Expected: {escape(text)}"


def test_annotations_stand_at_the_line_of_the_learner() -> None:
    late, *others = _commands(github(VERDICTS["failed"]))
    assert late.properties == {
        "file": "app.py",
        "line": "14",
        "title": "The page takes as long as its slowest service (0/3)",
    }
    assert late.message.splitlines() == [
        "Expected: 3 s",
        "Saw: 8 s",
        "app.py:14: labs = await fetch_labs(patient_id)",
        "Try: Start the calls before you await the first one.",
    ]
    assert [other.kind for other in others] == ["error", "error", "warning", "notice"]
    assert not any("file" in other.properties for other in others)


def test_ten_of_a_kind_are_shown_and_the_rest_is_counted() -> None:
    *errors, _, notice = _commands(github(_failing("x", 13)))
    points = [re.findall(r"/(\d+)\)", one.properties["title"])[0] for one in errors]
    assert points == ["13", "12", "11", "10", "9", "8", "7", "6", "5", "4"]
    assert notice.message.splitlines()[1:] == [
        "Left out here, for want of room: 3 failed checks."
    ]


def test_what_could_not_be_loaded_is_told_once() -> None:
    error, notice = _commands(github(VERDICTS["not loaded"]))
    assert error.properties == {"file": "app.py", "line": "3", "title": "Not loaded"}
    assert notice.message == "dashboard: 0/5 points, not loaded"


# What the summary itself makes.
_OURS = {"h2", "h3", "p", "pre", "code", "table", "thead", "tbody", "tr", "th", "td"}
_OURS |= {"ul", "li"}


@quick
@given(text=hostile)
def test_no_text_is_markdown_in_a_summary(text: str) -> None:
    verdict = _failing(text)
    titled = Result("test_x", text, text, 1, FAILED)
    verdict = Verdict(
        text, text, "7", [*verdict.results, titled], learner=text, notes=[text]
    )
    page = cmarkgfm.github_flavored_markdown_to_html(github_summary(verdict))
    assert set(re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)", page)) <= _OURS
    assert page.count("<pre") == (4 if text else 3)
    assert page.count("<h2") == 1


def test_a_summary_reads_like_this() -> None:
    page = cmarkgfm.github_flavored_markdown_to_html(github_summary(VERDICTS["failed"]))
    words = re.sub(r"<[^>]*>", "", page)
    assert words.startswith("dashboard: 6/12 points, failed\n")
    assert "✗ The page takes as long as its slowest service: 0/3" in words
    assert "expected  3 s" in words
    assert "✓ The order is kept" in words


def test_a_summary_that_github_would_refuse_is_cut() -> None:
    text = github_summary(_failing("\U0001f600" * 9000, 30))
    assert len(text.encode()) <= 2**20
    assert text.endswith(" parts are left out: too long.\n")
    assert text.count("```") % 2 == 0


@quick
@given(text=hostile)
def test_the_reporter_of_github_classroom_prints_no_commands(text: str) -> None:
    report = json.loads(github_classroom(_failing(text)))
    for test in report["tests"]:
        for printed in (test["name"], test["message"], test["test_code"]):
            assert "::" not in printed
            assert "##[" not in printed


def test_the_output_of_a_step_is_one_line_of_base64() -> None:
    name, _, encoded = step_output(VERDICTS["failed"]).rstrip("\n").partition("=")
    assert name == "result"
    assert re.fullmatch(r"[A-Za-z0-9+/]+=*", encoded)


def test_on_github_actions_a_report_is_kept_from_commanding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with no_commands():
        print("::error::x")
    first, told, last = capsys.readouterr().out.splitlines()
    token = first.removeprefix("::stop-commands::")
    assert len(token) == 32
    assert (told, last) == ("::error::x", f"::{token}::")
    monkeypatch.delenv("GITHUB_ACTIONS")
    with no_commands():
        print("x")
    assert capsys.readouterr().out == "x\n"
