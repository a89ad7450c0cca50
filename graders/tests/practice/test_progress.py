from __future__ import annotations

import os
from pathlib import Path

import pytest

from graders.practice import Notebook, Record
from graders.proctor import FAILED, PASSED, Result, Verdict


def _verdict(score: int, points: int = 8, status: str = FAILED) -> Verdict:
    result = Result("test_x", "It works.", "errors", points, status, score=score)
    return Verdict("tea_room", status, "1", [result])


def _record(folder: Path) -> Record:
    return Notebook(folder).read().of("tea_room")


def test_the_best_score_is_kept(tmp_path: Path) -> None:
    for score in (3, 5, 4):
        Notebook(tmp_path).graded(_verdict(score))
    assert _record(tmp_path) == Record(best=5, points=8)


def test_full_marks_stay_when_a_kata_gets_more_checks(tmp_path: Path) -> None:
    Notebook(tmp_path).graded(_verdict(8, status=PASSED))
    Notebook(tmp_path).graded(_verdict(9, points=12))
    assert _record(tmp_path) == Record(best=8, points=8, passed=True)


def test_hints_and_scores_do_not_disturb_each_other(tmp_path: Path) -> None:
    Notebook(tmp_path).hinted("tea_room", 2)
    Notebook(tmp_path).graded(_verdict(3))
    Notebook(tmp_path).hinted("tea_room", 1)
    assert _record(tmp_path) == Record(best=3, points=8, hints=2)


def test_nothing_is_written_where_nothing_is_known(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path / "home")
    assert notebook.read().katas == {}
    assert not (tmp_path / "home").exists()
    assert not notebook.notes


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"katas": {"tea_room": {"best": -1}}}',
        b'{"katas": [], "schema": "async-katas/progress/v1"}',
        b'{"katas": {}, "schema": "async-katas/progress/v2"}',
    ],
)
def test_a_damaged_file_is_set_aside_and_said(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "progress.json"
    file.write_bytes(content)
    (tmp_path / "progress.json.damaged-1").write_text("an older one")
    notebook = Notebook(tmp_path)
    notebook.graded(_verdict(3))
    assert _record(tmp_path).best == 3
    (note,) = notebook.notes
    assert note.startswith("Your progress could not be read (")
    assert note.endswith("progress.json.damaged-2', and a new one begins.")
    assert (tmp_path / "progress.json.damaged-2").read_bytes() == content
    assert (tmp_path / "progress.json.damaged-1").read_text() == "an older one"


def test_a_folder_in_its_place_is_set_aside_as_well(tmp_path: Path) -> None:
    (tmp_path / "progress.json").mkdir()
    notebook = Notebook(tmp_path)
    assert notebook.read().katas == {}
    assert "Is a directory" in notebook.notes[0]
    assert (tmp_path / "progress.json.damaged-1").is_dir()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    notebook = Notebook(tmp_path / "file" / "home")
    assert notebook.read().katas == {}
    notebook.graded(_verdict(3))
    (note,) = notebook.notes
    assert note.startswith("Your progress could not be kept in ")
    assert note.endswith("Set KATA_HOME to a folder that you may write.")


def test_no_half_written_file_is_left(tmp_path: Path) -> None:
    Notebook(tmp_path).graded(_verdict(3))
    assert sorted(os.listdir(tmp_path)) == ["progress.json", "progress.json.lock"]


def test_the_environment_names_the_folder(home: Path) -> None:
    Notebook().graded(_verdict(3))
    assert (home / "progress.json").is_file()
