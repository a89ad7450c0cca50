"""What a learner has done so far, kept from one session to the next."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import platformdirs

from graders.proctor import PASSED, Verdict
from graders.reports import write_atomically
from graders.wire import UNDECODABLE

_NAME = "progress.json"

_Count = Annotated[int, msgspec.Meta(ge=0)]


class Record(msgspec.Struct, frozen=True):
    """How far one kata has come.

    Attributes:
        best: the best score so far.
        points: what full marks were then.
        passed: whether it had full marks once.
        hints: how many hints have been shown.
    """

    best: _Count = 0
    points: _Count = 0
    passed: bool = False
    hints: _Count = 0

    @property
    def begun(self) -> bool:
        return bool(self.best or self.hints)


class Progress(msgspec.Struct, frozen=True):
    """How far each kata has come, by its name."""

    katas: dict[str, Record] = {}
    schema: Literal["async-katas/progress/v1"] = "async-katas/progress/v1"

    def of(self, slug: str) -> Record:
        """The record of one kata; an empty one where it was never tried."""
        return self.katas.get(slug, Record())


class Notebook:
    """The file that keeps a learner's progress.

    It never stands in a learner's way: what goes wrong with it is said in `notes`, and
    a file that cannot be read is set aside, not written over.

    Args:
        folder: where it is; the user's own folder for such things when left out, or
            what the environment variable KATA_HOME names.

    Attributes:
        notes: sentences for the learner on what went wrong.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or _home()
        self._file = self._folder / _NAME
        self.notes: list[str] = []

    def read(self) -> Progress:
        """The progress so far."""
        with self._alone(), contextlib.suppress(OSError):
            return self._read()
        return Progress()

    def graded(self, verdict: Verdict) -> None:
        """Keep the score of a verdict, where it is the best one yet."""

        def better(record: Record) -> Record:
            passed = record.passed or verdict.status == PASSED
            # A kata may have got more checks since then.
            if verdict.score * record.points < record.best * verdict.points:
                return msgspec.structs.replace(record, passed=passed)
            return msgspec.structs.replace(
                record, best=verdict.score, points=verdict.points, passed=passed
            )

        self._change(verdict.kata, better)

    def hinted(self, slug: str, shown: int) -> None:
        """Keep how many hints of a kata have been shown."""
        self._change(
            slug,
            lambda record: msgspec.structs.replace(
                record, hints=max(shown, record.hints)
            ),
        )

    def _change(self, slug: str, change: Callable[[Record], Record]) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._alone():
                before = self._read()
                katas = {**before.katas, slug: change(before.of(slug))}
                if not os.path.lexists(self._file) or katas != before.katas:
                    content = msgspec.json.format(msgspec.json.encode(Progress(katas)))
                    write_atomically(self._file, content.decode() + "\n")
        except OSError as exc:
            self._note(
                f"Your progress could not be kept in {str(self._folder)!r}: "
                f"{exc.strerror}. Set KATA_HOME to a folder that you may write."
            )

    def _read(self) -> Progress:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Progress)
        except (FileNotFoundError, NotADirectoryError):
            return Progress()
        except (OSError, *UNDECODABLE) as exc:
            why = exc.strerror if isinstance(exc, OSError) else str(exc)
            self._set_aside(f"Your progress could not be read ({why})")
            return Progress()

    def _set_aside(self, what: str) -> None:
        number = 1
        while os.path.lexists(aside := Path(f"{self._file}.damaged-{number}")):
            number += 1
        try:
            os.rename(self._file, aside)
        except OSError as exc:
            self._note(f"{what}, nor be set aside: {exc.strerror}.")
            raise
        self._note(f"{what}. It is kept as {str(aside)!r}, and a new one begins.")

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Two commands at the same time lose nothing of each other's."""
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):
                lock = stack.enter_context(open(f"{self._file}.lock", "ab"))
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _home() -> Path:
    named = os.environ.get("KATA_HOME")
    if named:
        return Path(named).expanduser().absolute()
    return platformdirs.user_state_path("async-katas", appauthor=False)
