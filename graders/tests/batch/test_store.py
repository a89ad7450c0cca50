from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from graders.batch import Cache, Found, Results
from graders.batch._folder import FolderError, results_folder
from graders.batch._store import cache_key
from graders.proctor import (
    GRADER_ERROR,
    PASSED,
    Options,
    Submission,
    Verdict,
    load_kata,
)
from graders.proctor import suite_digest as digest
from graders.reports.formats import read_verdict

SUBMISSION = Submission(Path("a/app.py"), "app.py", "app = 1\n", ("a note",))


def test_a_key_holds_all_that_a_verdict_depends_on(tea_room: Path) -> None:
    kata = load_kata(tea_room)
    change = msgspec.structs.replace

    def key(
        submission: Submission = SUBMISSION,
        seed: str = "1",
        sandbox: str = "full",
        reach: str = "refuse",
        repeat: int = 1,
    ) -> str:
        options = Options(seed, sandbox=sandbox, reach=reach)
        return cache_key(kata, submission, options, repeat)

    first = key()
    others = {
        key(change(SUBMISSION, source="app = 2\n")),
        key(change(SUBMISSION, notes=())),
        key(seed="2"),
        key(sandbox="auto"),
        key(reach="note"),
        key(repeat=2),
    }
    assert len(others) == 6
    assert first not in others
    # Where it lay, and so whose it is, makes no difference.
    assert key(change(SUBMISSION, path=Path("b.py"))) == first
    (tea_room / "given.py").write_text("")
    digest.cache_clear()
    assert key() != first


def test_a_cache_gives_back_what_is_whole(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    verdict = Verdict("tea_room", PASSED, "1")
    assert cache.find("abc") is None
    cache.keep("abc", verdict)
    assert cache.find("abc") == verdict
    assert Cache(tmp_path, fresh=True).find("abc") is None
    (path,) = tmp_path.rglob("*.json")
    path.write_text(path.read_text()[:-20])
    assert cache.find("abc") is None
    cache.keep("def", msgspec.structs.replace(verdict, status=GRADER_ERROR))
    assert cache.find("def") is None


@pytest.mark.parametrize(
    ("by_kata", "place"),
    [(False, "verdicts/ann.json"), (True, "verdicts/ann/tea_room.json")],
)
def test_a_file_for_each_submission(tmp_path: Path, by_kata: bool, place: str) -> None:
    found = Found("ann", None, tmp_path, "ann")
    verdict = Verdict("tea_room", PASSED, "1", learner="ann")
    Results(tmp_path, {"ann": "ann"}, by_kata=by_kata).put(found, verdict)
    assert read_verdict(tmp_path / place) == verdict


def test_what_a_killed_batch_has_left_is_cleared_away(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with results_folder(out) as scratch:
        (scratch / "left").touch()
        part = out / "verdicts/.ann.part"
        part.parent.mkdir()
        part.touch()
        killed = (out / ".lock").read_text()
    assert not scratch.exists()
    scratch.mkdir()
    (out / ".lock").write_text(killed)
    with results_folder(out):
        assert not scratch.exists()
        assert not part.exists()


def test_a_lock_file_that_names_another_folder_harms_nobody(tmp_path: Path) -> None:
    precious = tmp_path / "kata-grade-precious"
    precious.mkdir()
    out = tmp_path / "out"
    out.mkdir()
    (out / ".lock").write_text(str(precious))
    with results_folder(out):
        assert precious.is_dir()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(FolderError, match=r"^--out '.*' cannot be used \(.*\): give a"),
        results_folder(tmp_path / "file" / "out"),
    ):
        pass
