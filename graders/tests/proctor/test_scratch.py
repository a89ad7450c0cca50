"""A scratch folder goes, whatever somebody has left in it, and nobody hears of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from graders.proctor import remove_folder, scratch_folder

# More than Python calls itself, and a path that is longer than the kernel takes.
_DEEP = 3000


def _nested() -> None:
    for _ in range(_DEEP):
        os.mkdir("d")
        os.chdir("d")
    Path("at the bottom").write_text("x", encoding="utf-8")


def _long_names() -> None:
    for _ in range(30):
        os.mkdir("n" * 255)
        Path("m" * 255).touch()
        os.chdir("n" * 255)


def _closed() -> None:
    Path("closed/within/inner").mkdir(parents=True)
    Path("closed/within/file").touch(0o000)
    for path, mode in (("closed/within", 0o300), ("closed", 0o000)):
        os.chmod(path, mode)


def _wide() -> None:
    for number in range(300):
        Path(f"{number}/{number}").mkdir(parents=True)
        Path(f"{number}/{number}/\udc80\n").touch()


def _links() -> None:
    os.symlink("..", "up")
    os.symlink("nowhere", "dangling")
    Path("one").touch()
    os.link("one", "two")


@pytest.mark.parametrize("fill", [_nested, _long_names, _closed, _wide, _links])
def test_nothing_is_left(
    fill: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    kept.touch()
    monkeypatch.chdir(tmp_path)
    with scratch_folder() as made:
        monkeypatch.chdir(made)
        fill()
        monkeypatch.chdir(tmp_path)
    assert not made.exists()
    assert list(tmp_path.iterdir()) == [kept]


def test_a_clean_up_has_an_end(tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    for number in range(20):
        (folder / str(number)).touch()
    remove_folder(folder, most=5)
    assert len(list(folder.iterdir())) == 15


def test_what_cannot_be_removed_is_left_without_a_word(tmp_path: Path) -> None:
    remove_folder(tmp_path / "never made")
    file = tmp_path / "no folder"
    file.touch()
    remove_folder(file)
    assert file.exists()
