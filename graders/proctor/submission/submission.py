"""Reads a learner's file: carefully, because it may be anything."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec

from graders.proctor.submission.decoding import SubmissionError, decoded
from graders.proctor.submission.extra_files import besides, imported_besides, likeness
from graders.proctor.verdict.printable import printable

_MAX_BYTES = 2**20


class Submission(msgspec.Struct, frozen=True):
    """A learner's code, as text.

    Attributes:
        path: where it was read from; shown to nobody but the learner's own debugger.
        label: the file name that feedback shows.
        source: the text.
        notes: sentences on what was handed in besides, and is not used.
        beside: names of what it imports, lies beside it, and is not used either.
    """

    path: Path
    label: str
    source: str
    notes: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def line(self, number: int) -> str:
        """The text of a line (from 1), or nothing where there is no such line."""
        # As Python counts: a form feed ends no line.
        lines = self.source.split("\n")
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
    named_by_hand = shown is None
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
    source = decoded(_read(path, shown, file), printable(path.name))
    notes: list[str] = []
    # In a class each lies beside the others, who are nobody's helpers.
    own = folder is not None or path.name == file or named_by_hand
    beside = imported_besides(source, path) if own else []
    if starter is not None:
        notes += likeness(source, path, file, starter)
        notes += besides(folder, file, starter) if folder is not None else []
        unused = (f"{name} is not used: only {file} is graded." for name in beside)
        notes += [one for one in unused if not _is_told(one, notes)]
    # A host works in a folder of its own, where a debugger must find it as well.
    return Submission(path.absolute(), file, source, tuple(notes), tuple(beside))


def _is_told(note: str, notes: list[str]) -> bool:
    name = note.partition(" ")[0]
    return any(one.partition(" ")[0] == name for one in notes)


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
