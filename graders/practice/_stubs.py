"""Puts a stub back. Learners write in place, so a copy of each stub is kept here."""

from __future__ import annotations

from pathlib import Path

from graders.proctor import Kata
from graders.reports import write_atomically

STUBS = Path(__file__).parent / "stubs"


class StubError(Exception):
    """A stub that cannot be put back; the text names the value and the remedy."""


def kept_stub(slug: str) -> Path:
    """Where the copy of a kata's stub is kept."""
    return STUBS / f"{slug}.py.txt"


def reset(kata: Kata) -> str:
    """Put the stub back. What the learner wrote is kept beside it.

    Returns:
        A sentence on what was done.

    Raises:
        StubError: it cannot be done; nothing has changed.
    """
    file = kata.manifest.file
    try:
        stub = kept_stub(kata.slug).read_text(encoding="utf-8")
    except OSError as exc:
        raise StubError(
            f"No copy of the stub of {kata.slug!r} is kept, so it cannot be put back. "
            "Authors keep one with 'python -m graders.devtools.stubs'."
        ) from exc
    try:
        written = _content(kata.stub)
        if written == stub.encode():
            return f"{file} is the stub already; nothing was changed."
        kept = _keep(kata.stub, written) if written is not None else None
        write_atomically(kata.stub, stub)
    except OSError as exc:
        raise StubError(
            f"{file} cannot be reset: {exc.strerror}. See that it is a file in a "
            "folder that you may write."
        ) from exc
    if kept is None:
        return f"{file} is the stub again."
    return f"{file} is the stub again. What you wrote is kept as {kept.name}."


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _keep(path: Path, content: bytes) -> Path:
    """Write a copy under the first name that is free."""
    number = 1
    while True:
        kept = path.with_name(f"{path.name}.bak-{number}")
        try:
            with kept.open("xb") as file:
                file.write(content)
            return kept
        except FileExistsError:
            number += 1
