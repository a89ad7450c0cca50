from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

import msgspec
import pytest

from graders.authoring._judging import Judged
from graders.authoring._load import burning
from graders.authoring._matrix import catches, matrix_lines
from graders.authoring._verdicts import difference, verdict_problems
from graders.devtools.speeds import outcome_of
from graders.proctor import (
    FAILED,
    PASSED,
    Check,
    Exhibit,
    Finding,
    Kata,
    Manifest,
    Result,
    Suite,
    Verdict,
)
from graders.reports import plain
from graders.wire import Site

KATA = Kata("pond", Path("katas/pond"), Manifest("Pond", 1, "core", 1, "Fish.", {}, []))


def _suite(count: int) -> Suite:
    checks = [
        Check(f"test_{number}", f"Carp {number} is fed.", "errors", 1, "Feed it.", None)
        for number in range(1, count + 1)
    ]
    return Suite(checks, lambda exam: None)


def _judged(
    suite: Suite, *failing: str, name: str = "errors__hungry", home: Path = Path()
) -> Judged:
    results = [
        Result(
            check.name,
            check.title,
            check.category,
            check.points,
            FAILED if check.name in failing else PASSED,
            [Finding("a fed carp", "a thin one", no_site="it swam away")]
            if check.name in failing
            else [],
        )
        for check in suite.checks
    ]
    path = home / f"reference/pond/rejected/{name}.py"
    return Judged(
        Exhibit(KATA, path, "rejected", name.partition("__")[0]),
        [Verdict("pond", FAILED if failing else PASSED, "1", results)],
    )


def test_twenty_checks_and_long_names_fit_80_columns() -> None:
    suite = _suite(20)
    long = "errors__forgets_the_carp_at_the_bottom_of_the_pond_and_all_others_as_well"
    lines = plain(matrix_lines(suite, [_judged(suite, "test_2", name=long)])).split(
        "\n"
    )
    assert max(map(len, lines)) <= 80
    assert lines[:3] == [
        " " * 57 + " " * 9 + "11111111112222",
        " " * 57 + "12345678901234567890123",
        "errors__forgets_the_carp_at_the_bottom_of_the_pond_and_… ·●" + "·" * 18,
    ]


def test_a_check_whose_first_step_failed_has_caught_nothing() -> None:
    first, second = _suite(2).checks
    needing = Check("test_2", second.title, "errors", 1, "", None, needs="test_1")
    suite = Suite([first, needing], lambda exam: None)
    counts = catches(suite, [_judged(suite, "test_1", "test_2")])
    assert (counts["test_1"], counts["test_2"]) == (1, 0)


def test_a_check_that_catches_nothing_is_dead() -> None:
    suite = _suite(2)
    (problem,) = verdict_problems(suite, [_judged(suite, "test_2")])
    assert problem.place == "test_1"
    assert problem.text.startswith("It has never caught anything: ")


def test_a_finding_without_a_line_must_say_why() -> None:
    suite = _suite(1)
    judged = _judged(suite, "test_1")
    assert list(verdict_problems(suite, [judged])) == []
    (result,) = judged.verdict.results
    silent = msgspec.structs.replace(result, findings=[Finding("a", "b")])
    judged.verdicts[0] = msgspec.structs.replace(judged.verdict, results=[silent])
    (problem,) = verdict_problems(suite, [judged])
    assert problem.place == "test_1"
    assert problem.text.endswith("does not say why (no_site), for: errors__hungry.")


CHANCE = '''"""Wrong.

By chance: carps come when they like.
"""
'''


@pytest.mark.parametrize("source", ["", CHANCE])
def test_a_verdict_that_changes_is_told(tmp_path: Path, source: str) -> None:
    suite = _suite(2)
    judged = _judged(suite, "test_1", home=tmp_path)
    _write(judged, source)
    judged.verdicts.extend(_judged(suite, "test_1", "test_2").verdicts)
    texts = [problem.text for problem in verdict_problems(suite, [judged])]
    assert texts[0] == (
        "Its verdict changes: test_2 is 'passed', then 'failed' (expected a fed carp, "
        "saw a thin one)."
    )


@pytest.mark.parametrize(("source", "problems"), [("", 1), (CHANCE, 0)])
def test_words_may_change_by_a_chance_that_is_named(
    tmp_path: Path, source: str, problems: int
) -> None:
    suite = _suite(1)
    judged = _judged(suite, "test_1", home=tmp_path)
    _write(judged, source)
    (result,) = judged.verdict.results
    told = Finding("a fed carp", "a dry one", no_site="it swam away")
    other = msgspec.structs.replace(result, findings=[told])
    judged.verdicts.append(msgspec.structs.replace(judged.verdict, results=[other]))
    assert len(list(verdict_problems(suite, [judged]))) == problems
    # Nor does another speed have to come to the same words.
    assert bool(outcome_of(judged).whole) == bool(problems)


def _write(judged: Judged, source: str) -> None:
    path = judged.exhibit.path
    path.parent.mkdir(parents=True)
    path.write_text(source, encoding="utf-8")


def test_the_least_difference_between_two_verdicts_counts() -> None:
    verdict = _judged(_suite(1), "test_1").verdict
    (result,) = verdict.results
    moved = msgspec.structs.replace(result.findings[0], site=Site("app.py", 3))
    other = msgspec.structs.replace(
        verdict, results=[msgspec.structs.replace(result, findings=[moved])]
    )
    assert difference(verdict, other).startswith("What test_1 tells changes")


def test_burners_end_with_their_block() -> None:
    def fail(burners: list[subprocess.Popen[bytes]]) -> None:
        assert [burner.poll() for burner in burners] == [None, None]
        raise RuntimeError

    started: list[subprocess.Popen[bytes]] = []
    with contextlib.suppress(RuntimeError), burning(2) as burners:
        started += burners
        fail(burners)
    assert len(started) == 2
    assert all(burner.returncode is not None for burner in started)
