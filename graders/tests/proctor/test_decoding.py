"""Files are read as Python reads them, or refused with a sentence."""

from __future__ import annotations

import codecs
import compileall
from pathlib import Path

import pytest

from graders.proctor import SubmissionError, read_submission
from graders.proctor.submission.decoding import decoded

TEXT = "name = 'Zoë'\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        b"# coding: latin-1\n" + TEXT.encode("latin-1"),
        b"#!/usr/bin/env python\n# -*- coding: cp1252 -*-\n" + TEXT.encode("cp1252"),
        b"# vim: set fileencoding=iso-8859-15 :\r\n" + TEXT.encode("latin-1"),
        b"# coding: mac_roman\r" + TEXT.replace("\n", "\r").encode("mac_roman"),
        "# Zoë\n# coding: latin-1\n".encode("latin-1") + TEXT.encode("latin-1"),
        codecs.BOM_UTF8 + b"# coding: utf-8\n" + TEXT.encode(),
        b"# coding: utf8\n" + TEXT.encode(),
    ],
)
def test_a_file_is_read_as_it_declares(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(content)
    assert read_submission(file).source.endswith(TEXT)
    assert compileall.compile_file(file, quiet=2)


def test_encodings_of_the_world() -> None:
    names = {"shift_jis": "中", "euc-kr": "김", "gb18030": "李", "koi8-r": "Я"}
    for encoding, name in names.items():
        text = f"# coding: {encoding}\nname = '{name}'\n"
        assert decoded(text.encode(encoding), "app.py") == text


_SAVE = "save it as UTF-8, and declare nothing."
_NONE = "which is none for source"
_ODD = ("utf-16", "utf-7", "idna", "punycode", "unicode_escape", "rot13")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a = 1\n'\xe9'\n", "is not UTF-8 (byte 0xE9 at line 2): save it as UTF-8."),
        (
            b"# coding: ascii\n'\xe9'\n",
            f"is not ascii, as it declares (byte 0xE9 at line 2): {_SAVE}",
        ),
        (
            b"# coding: klingon\n",
            f"declares the encoding 'klingon', which Python does not know: {_SAVE}",
        ),
        (
            codecs.BOM_UTF8 + b"# coding: latin-1\n",
            f"begins as UTF-8 and declares another encoding: {_SAVE}",
        ),
        *(
            (
                f"# coding: {one}\n".encode(),
                f"declares the encoding {one!r}, {_NONE}: {_SAVE}",
            )
            for one in _ODD
        ),
        (TEXT.encode("utf-16"), "is UTF-16: save it as UTF-8."),
        (TEXT.encode("utf-16-le"), "is UTF-16: save it as UTF-8."),
        (TEXT.encode("utf-16-be"), "is UTF-16: save it as UTF-8."),
        (TEXT.encode("utf-32"), "is UTF-32: save it as UTF-8."),
        (b"a = 1\n\0", "has a NUL character at line 2: save it as UTF-8 text."),
    ],
)
def test_what_python_cannot_read_is_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(SubmissionError) as caught:
        decoded(content, "app.py")
    assert str(caught.value) == f"app.py {sentence}"


def test_lines_are_counted_as_python_counts_them(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text("a = 1\n\x0c\nb = '\x85\u2028'  # two\n", encoding="utf-8")
    assert read_submission(file).line(3).startswith("b = ")
