from __future__ import annotations

import re
import textwrap
from pathlib import Path

import msgspec
import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner, Result

from graders.cli import application
from graders.packs import result_page
from graders.proctor import (
    CATEGORIES,
    FAILED,
    PASSED,
    Finding,
    Provenance,
    Site,
    Verdict,
    find_kata,
)
from graders.proctor import Result as Outcome
from graders.reports.formats import FORMATS

SLUG = "no_blocking_sleep"
KATA = find_kata(SLUG)

EVIL = "</td><script>x</script> | `a` [x](javascript:1) \x1b[31m\n# =1+1 @all " * 9


def kata_command(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


def takehome(out: Path, candidate: str, *more: str) -> str:
    done = kata_command(
        "pack", "takehome", SLUG, "--candidate", candidate, "--out", str(out), *more
    )
    assert done.exit_code == 0, done.output
    return out.with_suffix(".interviewer.md").read_text(encoding="utf-8")


def seed_in(note: str) -> str:
    (line,) = [line for line in note.splitlines() if line.startswith("| seed |")]
    return line.split("|")[2].strip()


def test_each_candidate_has_a_seed_of_their_own_and_keeps_it(tmp_path: Path) -> None:
    ada = takehome(tmp_path / "ada.zip", "Ada  Moreau")
    again = takehome(tmp_path / "again.zip", " ada moreau")
    ben = takehome(tmp_path / "ben.zip", "Ben Moreau")
    assert seed_in(ada) == seed_in(again) != seed_in(ben)
    assert f"--seed {seed_in(ada)} " in ada
    assert seed_in(takehome(tmp_path / "x.zip", "Ada Moreau", "--seed", "7")) == "7"


def test_nothing_in_a_candidates_zip_tells_the_seed(tmp_path: Path) -> None:
    ada, ben = tmp_path / "ada.zip", tmp_path / "ben.zip"
    note = takehome(ada, "Ada Moreau")
    takehome(ben, "Ben Moreau")
    assert ada.read_bytes() == ben.read_bytes()
    assert seed_in(note).encode() not in ada.read_bytes()
    assert b"Send back `app.py` alone" in ada.read_bytes()


def test_a_name_is_no_shell_command(tmp_path: Path) -> None:
    note = takehome(tmp_path / "x.zip", "$(touch here) <b>")
    assert "--candidate '$(touch here) <b>' " in note
    assert "| candidate | $(touch here) \\<b\\> |" in note


def worst(text: str) -> Verdict:
    """As much to tell as there can be."""
    site = Site("app.py", 24)
    finding = Finding(text, text, text, site, text)
    return Verdict(
        SLUG,
        FAILED,
        "7",
        [
            Outcome(f"test_{number}", text, category, 1, FAILED, [finding])
            for number, category in enumerate(CATEGORIES * 5)
        ],
        learner=text,
        notes=[text] * 9,
        provenance=Provenance("a" * 64, "b" * 64, "0.1.0", "3.13.1", ["landlock"] * 4),
        other=Verdict(SLUG, PASSED, "7"),
    )


@pytest.mark.parametrize("text", ["a word " * 40, EVIL], ids=["long", "evil"])
def test_a_result_is_one_page_whatever_there_is_to_tell(text: str) -> None:
    page = result_page(worst(text), KATA, "")
    lines = [
        part for line in page.splitlines() for part in textwrap.wrap(line, 100) or [""]
    ]
    assert len(lines) <= 60
    assert "And 24 more." in page


def test_nothing_in_a_verdict_is_markup_on_the_page() -> None:
    page = result_page(worst(EVIL), KATA, "")
    assert "\x1b" not in page
    html = MarkdownIt("commonmark").enable("table").render(page)
    tags = set(re.findall(r"</?(\w+)", html))
    table = {"table", "thead", "tbody", "tr", "th", "td"}
    text = {"h1", "h2", "p", "strong", "br", "ol", "ul", "li", "code", "blockquote"}
    assert tags <= table | text
    assert html.count("<table>") == 1
    assert html.count("<td>") == len(CATEGORIES)


def test_the_page_tells_scores_reasons_and_how_it_was_graded(tmp_path: Path) -> None:
    finding = Finding("10 s", "12.5 s", "Look at it.", Site("app.py", 24), "await x()")
    verdict = Verdict(
        SLUG,
        FAILED,
        "77",
        [
            Outcome("one", "It ends on time", "timeouts", 3, FAILED, [finding]),
            Outcome("two", "Others are served", "blocking", 2, PASSED),
        ],
        provenance=Provenance("ab" * 32, "cd" * 32, "0.1.0", "3.13.1", ["landlock"]),
    )
    stored = tmp_path / "verdict.json"
    stored.write_text(FORMATS["json"].text(verdict), encoding="utf-8")
    done = kata_command("result", str(stored), "--candidate", "Ada Moreau")
    assert done.exit_code == 0, done.output
    for text in (
        "# Ada Moreau: No blocking sleep\n\n**2 of 5 points**, failed.\n",
        "| timeouts | blocking |\n| --- | --- |\n| 0/3 | 2/2 |\n",
        "1. **It ends on time** timeouts 0/3  \n"
        "   Expected 10 s; saw 12.5 s at `app.py:24`.\n",
        "- `app.py:24` `await x()` Look at it.\n",
        KATA.manifest.hints[0],
        "seed 77",
        "walls: landlock",
    ):
        assert text in done.output
    assert "Others are served" not in done.output


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"status": "grader error"}, "**No result.** The grader failed"),
        ({"status": "not loaded", "reason": "app.py:1: bad"}, ": app.py:1: bad"),
        ({"status": "tampered"}, "> The grader's own channel was disturbed."),
        ({"other": Verdict(SLUG, PASSED, "7")}, "> Unstable: another grading"),
    ],
    ids=["grader error", "not loaded", "tampered", "unstable"],
)
def test_what_is_no_plain_result_is_said_at_the_top(
    changes: dict[str, object], sentence: str
) -> None:
    verdict = msgspec.structs.replace(worst("x"), **changes)
    top = result_page(verdict, KATA, "").split("| awaits")[0]
    assert sentence in top


def test_a_page_does_without_the_kata() -> None:
    page = result_page(worst("x"), None, "Ada")
    assert page.startswith("# Ada: no\\_blocking\\_sleep\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("pack", "learner", "nope", "--out", "x.zip"), "There is no kata 'nope'."),
        (
            ("pack", "learner", SLUG, "--out", "x.tar"),
            "--out 'x.tar' is not a zip: give a name that ends in .zip.",
        ),
        (
            ("pack", "gradescope", SLUG, "--out", "x.zip", "--feedback", "all"),
            "--feedback 'all' is unknown: give full or hints or titles or score.",
        ),
        (
            ("pack", "github", SLUG, "--out", "x.zip", "--sandbox", "maybe"),
            "--sandbox 'maybe' is unknown: give auto or full or none.",
        ),
        (
            ("pack", "takehome", SLUG, "--out", "x.zip", "--candidate", " "),
            "--candidate ' ' is not a name of 1 to 100 printable characters: give one, "
            "as in --candidate 'Ada Moreau'.",
        ),
        (
            ("pack", "gitlab", SLUG, "--out", "/dev/null/here"),
            "'/dev/null/here' cannot be written (Not a directory): give a place that "
            "you may write to.",
        ),
        (
            ("autograde", SLUG, "app.py", "--out", "/proc/here.json"),
            "'/proc/here.json' cannot be written (No such file or directory): give a "
            "place that you may write to.",
        ),
    ],
)
def test_a_bad_value_is_exit_code_2_and_one_sentence(
    arguments: tuple[str, ...], sentence: str
) -> None:
    result = kata_command(*arguments)
    assert result.exit_code == 2
    assert result.output.startswith(f"ERROR: {sentence}")
    assert result.output.count("\n") == 1


def test_a_folder_is_filled_and_nothing_in_it_is_overwritten(tmp_path: Path) -> None:
    arguments = ("pack", "gitlab", SLUG, "--out", str(tmp_path))
    (tmp_path / "README.md").touch()
    assert kata_command(*arguments).exit_code == 0
    assert (tmp_path / "grade.gitlab-ci.yml").exists()
    again = kata_command(*arguments)
    assert again.exit_code == 2
    assert "has a file 'GRADING.md' already" in again.output
