from __future__ import annotations

import pytest

from graders.proctor import (
    FAILED,
    GRADER_ERROR,
    PASSED,
    Bar,
    Finding,
    Result,
    Verdict,
    Wait,
)
from graders.reports import (
    escape,
    finding_lines,
    plain,
    printed_lines,
    result_lines,
    score_lines,
    stopped_lines,
    timeline_lines,
    verdict_lines,
)
from graders.wire import Site

LATE = Result(
    "test_late",
    "The page takes as long as its slowest service.",
    "concurrency",
    3,
    FAILED,
    [
        Finding(
            "3 s",
            "8 s",
            "Start the calls before you await the first one.",
            Site("app.py", 14),
            "appointments = await fetch_appointments(patient_id)",
            [
                Bar("patient", 0.0, 2.0),
                Bar("appointments", 2.0, 5.0),
                Bar("labs", 5.0, 8.0),
            ],
        )
    ],
)


def test_a_failed_check_reads_like_this() -> None:
    assert plain(result_lines(LATE)).splitlines() == [
        "FAILED  The page takes as long as its slowest service    concurrency 0/3",
        "      expected  3 s        saw  8 s",
        "",
        "      patient       █████████████",
        "      appointments               ███████████████████",
        "      labs                                          ████████████████████",
        "                    0            2                  5                   8 s",
        "      app.py:14     appointments = await fetch_appointments(patient_id)",
        "      try           Start the calls before you await the first one.",
    ]


def test_who_waits_for_what_has_a_line_each() -> None:
    waits = [
        Wait("Lock.__aenter__", Site("app.py", 8, "both"), "async with other:"),
        Wait("", Site("app.py", 12, "page[red]\x1b"), "await asyncio.gather(…)"),
    ]
    finding = Finding("an answer", "a deadlock", site=None, waits=waits)
    assert plain(finding_lines(finding)).splitlines() == [
        "      expected  an answer        saw  a deadlock",
        "      who waits     app.py:8  in both for Lock.__aenter__",
        "                    app.py:12  in page[red]\\x1b",
    ]


def test_calls_that_did_not_end_well_are_marked() -> None:
    bars = [
        Bar("a", 0.0, 1.0, "cancelled"),
        Bar("b", 0.0, 0.5, "failed"),
        Bar("c", 0.25, None, "in flight"),
    ]
    assert plain(timeline_lines(bars, 40)).splitlines() == [
        "      a  ██████████████████████✗",
        "      b  ███████████!",
        "      c        █████████████████…",
        "         0     0.25  0.5        1 s",
        "         ✗ cancelled   ! failed",
        "         … still in flight",
    ]


def test_a_call_without_duration_is_still_seen() -> None:
    bars = [Bar("ping", 0.0, 0.0), Bar("pong", 0.0, 4.0)]
    lines = plain(timeline_lines(bars, 80)).splitlines()
    assert lines[0] == "      ping  █"


def test_calls_of_one_instant_are_not_drawn() -> None:
    assert timeline_lines([Bar("ping", 4.0, 4.0), Bar("pong", 4.0, None)], 80) == []
    assert timeline_lines([], 80) == []


def test_many_calls_are_cut_and_counted() -> None:
    bars = [Bar("ping", float(n), n + 1.0) for n in range(20)]
    text = plain(timeline_lines(bars, 80))
    assert text.count("ping") == 16
    assert "and 4 calls more" in text


@pytest.mark.parametrize("width", [40, 60, 80])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    long = "a rather long description of what was expected and seen, " * 3
    finding = Finding(
        long,
        long,
        long,
        Site("app.py", 14),
        "x = " + "y" * 200,
        LATE.findings[0].timeline,
    )
    result = Result("test_x", long, "resources", 2, FAILED, [finding, finding])
    for line in plain(result_lines(result, width)).splitlines():
        assert len(line) <= width


def test_why_there_is_no_line_is_said() -> None:
    finding = Finding("x", "y", no_site="the process was gone")
    result = Result("test_x", "It works", "errors", 1, FAILED, [finding])
    assert plain(result_lines(result)).splitlines()[-1] == (
        "      no line       the process was gone"
    )


def test_the_fault_of_the_grader_is_called_so() -> None:
    result = Result(
        "test_x", "It works", "errors", 1, GRADER_ERROR, [], "boom\x1b[1m\n"
    )
    assert plain(result_lines(result)).splitlines() == [
        "ERROR   It works    errors 0/1",
        "The grader failed, not your code. Please report this:",
        "  boom\\x1b[1m",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 漢", "plain ü 漢"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\r\nb\tc\0", "a\\r\\nb\\tc\\x00"),
        ("\u202eevil", "\\u202eevil"),
        ("\ud800", "\\ud800"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_what_could_steer_a_terminal_is_escaped(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_every_field_of_a_finding_is_escaped() -> None:
    evil = "\x1b]0;owned\x07"
    finding = Finding(evil, evil, evil, Site(evil, 1), evil, [Bar(evil, 0, 1)], evil)
    result = Result("test_x", evil, "errors", 1, FAILED, [finding], evil)
    verdict = Verdict("tea_room", evil, evil, [result], evil)
    lines = verdict_lines(verdict) + stopped_lines(evil, finding)
    assert "\x1b" not in plain(lines)
    assert "\x07" not in plain(lines)


def test_scores_add_up_by_category() -> None:
    other = Result("test_y", "It works", "errors", 2, PASSED)
    verdict = Verdict("tea_room", FAILED, "7", [LATE, other])
    assert plain(score_lines(verdict)).splitlines() == [
        "  concurrency  0/3",
        "  errors       2/2",
        "  tea_room     2/5  failed   seed 7",
    ]
    assert plain(score_lines(verdict, short=True, not_run=3)) == (
        "tea_room 2/5  (concurrency 0/3, errors 2/2, 3 checks were not run)"
    )


def test_what_was_not_printed_needs_no_heading() -> None:
    assert printed_lines("It works", "") == []
