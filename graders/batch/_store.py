"""Keeps verdicts: one file for each submission, and a cache by what they depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from graders.batch._folder import write_result
from graders.batch._found import Found
from graders.batch._names import on_disk
from graders.batch._ungraded import NO_KATA
from graders.batch._withdrawn import set_aside
from graders.proctor import (
    GRADER_ERROR,
    SCHEMA,
    Kata,
    Options,
    Submission,
    Verdict,
    suite_digest,
)
from graders.reports import ReportError
from graders.reports.formats import FORMATS, read_verdict


def cache_key(kata: Kata, submission: Submission, options: Options, repeat: int) -> str:
    """SHA-256 of everything that a verdict depends on, but for the learner's name.

    Args:
        repeat: how many times it is graded.
    """
    parts = (
        SCHEMA,
        kata.slug,
        submission.label,
        submission.source,
        submission.notes,
        submission.beside,
        suite_digest(kata.slug, kata.folder),
        options.seed,
        options.sandbox,
        options.reach,
        repeat,
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


class Cache:
    """Verdicts by their keys, in files.

    Args:
        folder: where they are.
        fresh: find nothing in it; what is graded anew replaces what is there.
    """

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        self._folder = folder
        self._fresh = fresh

    def find(self, key: str) -> Verdict | None:
        """What was kept under a key; None where that is nothing, or damaged."""
        path = self._path(key)
        if self._fresh or not path.is_file():
            return None
        try:
            return read_verdict(path)
        except ReportError:
            return None

    def keep(self, key: str, verdict: Verdict) -> None:
        """Keep a verdict, unless the grader is to blame for it."""
        if verdict.status != GRADER_ERROR:
            write_result(self._path(key), _text(verdict))

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"


class Results:
    """The files of a batch, below its folder.

    Args:
        names: a file name for each learner.
        by_kata: a learner has a folder with a file for each kata, instead of a file.
    """

    def __init__(self, out: Path, names: dict[str, str], *, by_kata: bool) -> None:
        self._out = out
        self._names = names
        self._by_kata = by_kata

    def place(self, folder: str, found: Found, slug: str) -> Path:
        """Where something about a submission belongs, without a suffix.

        Args:
            folder: "verdicts" or "reports".
            slug: the kata, or what stands for one.
        """
        place = self._out / folder / on_disk(self._names[found.learner])
        return place / slug if self._by_kata else place

    def _file(self, found: Found, slug: str) -> Path:
        place = self.place("verdicts", found, slug)
        return place.with_name(place.name + ".json")

    def set_aside(self, found: Iterable[Found]) -> list[str]:
        """Move away what is of nobody in this run, as of who has withdrawn.

        Returns:
            Names of the verdicts that were moved.

        Raises:
            FolderError: they cannot be moved.
        """
        there = [(one, one.kata.slug if one.kata else NO_KATA) for one in found]
        verdicts = {self._file(one, slug) for one, slug in there}
        reports = {self.place("reports", one, slug) for one, slug in there}
        set_aside(self._out, "reports", reports)
        return set_aside(self._out, "verdicts", verdicts)

    def get(self, found: Found, slug: str) -> Verdict:
        """The whole verdict on a submission, as it was written."""
        return read_verdict(self._file(found, slug))

    def put(self, found: Found, verdict: Verdict) -> None:
        """Write the verdict on a submission, unless it is there."""
        path = self._file(found, verdict.kata)
        # Reading it is quicker than writing it.
        with suppress(ReportError):
            if read_verdict(path) == verdict:
                return
        write_result(path, _text(verdict))


def _text(verdict: Verdict) -> str:
    return FORMATS["json"].text(verdict)
