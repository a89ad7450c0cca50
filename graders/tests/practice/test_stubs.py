from __future__ import annotations

from pathlib import Path

import pytest

from graders.practice import STUBS, StubError, _stubs, kept_stub, reset
from graders.proctor import Kata, all_katas, load_kata


@pytest.fixture
def kata(project: Path, app: Path, monkeypatch: pytest.MonkeyPatch) -> Kata:
    monkeypatch.setattr(_stubs, "STUBS", project / "stubs")
    return load_kata(app.parent)


def test_a_copy_of_every_stub_is_kept() -> None:
    katas = all_katas()
    assert {path.name for path in STUBS.iterdir()} == {
        kept_stub(kata.slug).name for kata in katas
    }
    for kata in katas:
        same = kept_stub(kata.slug).read_bytes() == kata.stub.read_bytes()
        assert same, f"{kata.slug}: run `python -m graders.devtools.stubs`"


def test_what_was_written_is_kept_each_time(kata: Kata, app: Path) -> None:
    stub = app.read_bytes()
    for number, written in enumerate((b"app = 1\r\n", b"\xff\0"), 1):
        app.write_bytes(written)
        assert reset(kata) == (
            f"app.py is the stub again. What you wrote is kept as app.py.bak-{number}."
        )
        assert app.read_bytes() == stub
        assert app.with_name(f"app.py.bak-{number}").read_bytes() == written


def test_a_stub_is_left_as_it_is(kata: Kata, app: Path) -> None:
    before = sorted(app.parent.iterdir())
    assert reset(kata) == "app.py is the stub already; nothing was changed."
    assert sorted(app.parent.iterdir()) == before


def test_a_file_that_is_gone_comes_back(kata: Kata, app: Path) -> None:
    stub = app.read_bytes()
    app.unlink()
    assert reset(kata) == "app.py is the stub again."
    assert app.read_bytes() == stub


def test_a_link_is_replaced_and_what_it_leads_to_is_left_alone(
    kata: Kata, app: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text("mine")
    app.unlink()
    app.symlink_to(tmp_path / "mine.py")
    assert "kept as app.py.bak-1" in reset(kata)
    assert not app.is_symlink()
    assert (tmp_path / "mine.py").read_text() == "mine"
    assert app.with_name("app.py.bak-1").read_text() == "mine"


def test_what_cannot_be_reset_is_said(kata: Kata, app: Path, project: Path) -> None:
    app.unlink()
    app.mkdir()
    with pytest.raises(StubError, match=r"^app\.py cannot be reset: Is a directory\."):
        reset(kata)
    kept_stub("tea_room").unlink()
    with pytest.raises(StubError, match=r"^No copy of the stub of 'tea_room' is kept"):
        reset(kata)
