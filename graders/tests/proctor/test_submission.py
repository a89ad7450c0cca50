from __future__ import annotations

import os
from pathlib import Path

import pytest

from graders.proctor import SubmissionError, read_submission


def test_a_file_and_a_folder_with_app_py_are_the_same_submission(
    tmp_path: Path,
) -> None:
    file = tmp_path / "app.py"
    file.write_text("app = 1\n")
    assert read_submission(file) == read_submission(tmp_path)
    assert read_submission(file).source == "app = 1\n"


def test_a_file_of_any_name_is_called_app_py_in_feedback(tmp_path: Path) -> None:
    file = tmp_path / "müller_final2.py"
    file.write_text("app = 1\n")
    assert read_submission(file).label == "app.py"


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfa = 1\nb = 2\n", b"a = 1\r\nb = 2\r\n", b"a = 1\rb = 2\r"]
)
def test_a_byte_order_mark_and_any_line_ends_are_accepted(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(content)
    assert read_submission(file).source == "a = 1\nb = 2\n"
    assert read_submission(file).line(2) == "b = 2"
    assert read_submission(file).line(3) == ""


def refused(path: Path) -> str:
    with pytest.raises(SubmissionError) as caught:
        read_submission(path)
    return str(caught.value)


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing"
    assert refused(path) == f"There is no file or folder {str(path)!r}: check the path."


def test_a_folder_without_app_py_is_told_what_to_put_there(tmp_path: Path) -> None:
    assert refused(tmp_path) == (
        f"The folder {str(tmp_path)!r} has no app.py: put your solution there, or name "
        "the file itself."
    )


def test_bytes_that_are_not_utf_8_are_named_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(b"a = 1\nname = '\xe9'\n")
    assert refused(file) == (
        "app.py is not UTF-8 (byte 0xE9 at line 2): save it as UTF-8."
    )


def test_a_nul_character_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(b"a = 1\n\0")
    assert refused(file) == (
        "app.py has a NUL character at line 2: save it as UTF-8 text."
    )


def test_symbolic_links_are_refused_wherever_they_lead(tmp_path: Path) -> None:
    real = tmp_path / "real.py"
    real.write_text("app = 1\n")
    link = tmp_path / "link.py"
    link.symlink_to(real)
    assert "is a symbolic link" in refused(link)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "app.py").symlink_to("/dev/zero")
    assert "is a symbolic link" in refused(folder)
    dangling = tmp_path / "dangling.py"
    dangling.symlink_to(tmp_path / "nowhere")
    assert "is a symbolic link" in refused(dangling)


def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    fifo = tmp_path / "app.py"
    os.mkfifo(fifo)
    assert "is not a regular file" in refused(fifo)
    assert "is not a regular file" in refused(tmp_path)


def test_a_device_is_refused() -> None:
    assert "is not a regular file" in refused(Path("/dev/null"))


def test_a_file_of_more_than_a_megabyte_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(b"#" * (2**20 + 1))
    assert "is larger than 1 MB" in refused(file)
