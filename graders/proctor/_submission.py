"""Reads a learner's file: carefully, because it may be anything."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import msgspec

from graders.proctor._besides import besides, likeness
from graders.proctor._printable import printable

_MAX_BYTES = 2**20

# How files begin that are no text, and what they are.
_BEGINNINGS = {
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\xd0\xcf\x11\xe0": "an Office document",
    b"%PDF": "a PDF document",
    b"{\\rtf": "an RTF document",
    b"\x7fELF": "a compiled program",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"\x1f\x8b": "a gzip archive",
    b"<!DOCTYPE html": "a web page",
    b"<html": "a web page",
}


class SubmissionError(Exception):
    """A submission that cannot be read; the text names the value and the remedy."""


class Submission(msgspec.Struct, frozen=True):
    """A learner's code, as text.

    Attributes:
        path: where it was read from; shown to nobody but the learner's own debugger.
        label: the file name that feedback shows.
        source: the text.
        notes: sentences on what was handed in besides, and is not used.
    """

    path: Path
    label: str
    source: str
    notes: tuple[str, ...] = ()

    def line(self, number: int) -> str:
        """The text of a line (from 1), or nothing where there is no such line."""
        lines = self.source.splitlines()
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def read_submission(
    path: Path,
    file: str = "app.py",
    starter: Path | None = None,
    *,
    shown: str | None = None,
) -> Submission:
    """Read a submission from its file, or from a folder that holds it.

    Args:
        path: the file or folder.
        file: the name that the kata gives it.
        starter: the kata's own folder; where it is given, notes say what else was
            handed in.
        shown: what to call it in sentences, instead of its path.

    Raises:
        SubmissionError: it does not exist or is nothing that can be graded.
    """
    shown = str(path) if shown is None else shown
    if path.is_symlink():
        raise SubmissionError(
            f"{shown!r} is a symbolic link: give the file or folder itself."
        )
    folder = path if path.is_dir() else None
    if folder is not None:
        path = folder / file
        if not path.exists() and not path.is_symlink():
            raise SubmissionError(
                f"The folder {shown!r} has no {file}: put your solution there, or name "
                "the file itself."
            )
    source = _decode(_read(path, shown, file), printable(path.name))
    notes: list[str] = []
    if starter is not None:
        notes += likeness(source, path, file, starter)
        notes += besides(folder, file, starter) if folder is not None else []
    # A host works in a folder of its own, where a debugger must find it as well.
    return Submission(path.absolute(), file, source, tuple(notes))


def _read(path: Path, shown: str, file: str) -> bytes:
    try:
        # Neither following a link nor waiting at a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError as exc:
        raise SubmissionError(
            f"There is no file or folder {shown!r}: check the path."
        ) from exc
    except OSError as exc:
        why = "is a symbolic link" if path.is_symlink() else "cannot be opened"
        raise SubmissionError(
            f"{shown!r} {why}: give a regular file that you may read."
        ) from exc
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SubmissionError(
                f"{shown!r} is not a regular file: give a Python file or a folder with "
                f"an {file}."
            )
        content = opened.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise SubmissionError(
            f"{shown!r} is larger than 1 MB: a solution to a kata is a few kilobytes."
        )
    return content


def _decode(content: bytes, name: str) -> str:
    what = _no_source(content)
    if what:
        raise SubmissionError(
            f"{name} is {what}, not Python source: hand in a plain text file of Python."
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SubmissionError(f"{name} is UTF-16: save it as UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content[: exc.start].count(b"\n") + 1
        raise SubmissionError(
            f"{name} is not UTF-8 (byte 0x{content[exc.start]:02X} at line {line}): "
            "save it as UTF-8."
        ) from exc
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise SubmissionError(
            f"{name} has a NUL character at line {line}: save it as UTF-8 text."
        )
    # Anything that ends a line ends it the same way, so that line numbers agree.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _no_source(content: bytes) -> str:
    """What a content plainly is instead of Python source; nothing where it may be."""
    for beginning, what in _BEGINNINGS.items():
        if content[: len(beginning)].lower() == beginning.lower():
            return what
    # Every release's own number, and these two bytes behind it.
    if content[2:4] == b"\r\n" and b"\0" in content[:16]:
        return "compiled Python"
    if content.lstrip()[:1] == b"{" and b'"nbformat"' in content:
        try:
            if "nbformat" in json.loads(content):
                return "a Jupyter notebook"
        except (ValueError, RecursionError):
            pass
    return ""
