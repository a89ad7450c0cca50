from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from graders.cli import application
from graders.proctor.katas import kata
from graders.reports.formats import (
    FORMATS,
    gradebook,
    own_json,
    read_verdict,
    verdict_schema,
)
from graders.tests.formats.verdicts import VERDICTS
from graders.tests.plugin.project import SEQUENTIAL, SLUG, make_project, use_suites


def _kata_command(*arguments: str | Path) -> Result:
    return CliRunner().invoke(application, [str(one) for one in arguments])


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "ada.json"
    path.write_text(own_json(VERDICTS["failed"]), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "classroom50"])
def test_a_stored_verdict_is_turned_into_any_format(name: str, stored: Path) -> None:
    out = stored.with_name("report")
    result = _kata_command("report", stored, "--format", name, "--out", out)
    assert (result.exit_code, result.output) == (0, "")
    with out.open(encoding="utf-8", newline="") as opened:
        assert opened.read() == FORMATS[name].text(VERDICTS["failed"])


def test_a_gradebook_is_made_of_many_verdicts(stored: Path) -> None:
    result = _kata_command("report", stored, stored, "--format", "csv")
    assert result.exit_code == 0
    assert result.stdout_bytes.decode() == gradebook([VERDICTS["failed"]] * 2)


def test_a_report_tells_no_more_than_it_should(stored: Path) -> None:
    arguments = "--format", "github-summary", "--feedback", "titles"
    result = _kata_command("report", stored, *arguments)
    assert "The page takes as long" in result.output
    assert "Start the calls" not in result.output


def test_lines_are_found_in_the_repository(stored: Path) -> None:
    arguments = "--format", "github", "--source", "katas/dashboard"
    result = _kata_command("report", stored, *arguments)
    assert result.output.startswith("::error file=katas/dashboard/app.py,line=14,")


def test_bad_input_is_refused_in_a_sentence(stored: Path) -> None:
    nothing = stored.with_name("nothing.json")
    nothing.write_text("{}", encoding="utf-8")
    for arguments, sentence in (
        (
            (nothing, "--format", "csv"),
            "holds no verdict: give a file that 'kata run --json FILE' or 'kata grade' "
            "wrote.",
        ),
        (
            (stored, "--format", "pdf"),
            "ERROR: --format 'pdf' is unknown: give json, junit, ",
        ),
        (
            (stored, "--format", "csv", "--feedback", "all"),
            "ERROR: --feedback 'all' is unknown: give full, hints, titles or score.",
        ),
        (
            (stored, stored, "--format", "sarif"),
            "ERROR: --format sarif is for one verdict, and there are 2: give one, or "
            "--format ",
        ),
        (
            (stored, "--format", "csv", "--out", stored / "x"),
            "cannot be written (Not a directory): give another file.",
        ),
        (
            (stored, "--format", "classroom50"),
            "ERROR: classroom50 needs CLASSROOM, ASSIGNMENT, ",
        ),
    ):
        result = _kata_command("report", *arguments)
        assert result.exit_code == 2, arguments
        assert sentence in result.stderr


def test_the_schema_is_printed() -> None:
    result = _kata_command("schema")
    assert result.exit_code == 0
    assert result.output == verdict_schema()
    assert json.loads(result.output)["title"] == "async-katas/verdict/v1"


def test_run_writes_the_whole_verdict_and_tells_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project(tmp_path)
    monkeypatch.setattr(kata, "KATAS", tmp_path / "katas")
    use_suites(monkeypatch, tmp_path / "suites")
    handed_in = folder / "app.py"
    handed_in.write_text(f"print('printed')\n{SEQUENTIAL}", encoding="utf-8")
    run = "run", SLUG, "--submission", handed_in
    out = tmp_path / "v.json"
    result = _kata_command(*run, "--feedback", "score", "--json", out)
    assert result.exit_code == 1
    assert result.output.startswith("FAILED  The score in all    ")
    assert "printed" not in result.output
    verdict = read_verdict(out)
    assert len(verdict.results) > 1
    assert any(result.findings for result in verdict.results)

    handed_in.write_text("def f(:", encoding="utf-8")
    result = _kata_command(*run, "--json", out / "x")
    assert result.exit_code == 2
    assert "cannot be written (Not a directory): give another file." in result.stderr
    # What was found is told all the same.
    assert "invalid syntax" in result.output

    result = _kata_command(*run, "--feedback", "none")
    assert result.exit_code == 2
    assert "give full or hints or titles or score." in result.stderr
