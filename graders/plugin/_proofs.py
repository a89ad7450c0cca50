"""The references of a kata as pytest collects them: an item per exhibit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from graders.plugin._grader import GRADER
from graders.plugin._targets import kata_of_reference
from graders.plugin._told import Told
from graders.proctor import (
    Exhibit,
    KataError,
    SubmissionError,
    Verdict,
    exhibits,
    load_kata,
    load_suite,
    null_exhibits,
    prove,
    share_of,
)
from graders.reports import Line, escape, verdict_lines


class ReferenceFolder(pytest.Directory):
    """The references of one kata: its solution, accepted and rejected submissions."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        found = self._exhibits()
        yield ProofItem.from_parent(self, name=found[0].kind, exhibit=found[0])
        # `kata verify` tries all there are.
        nulls = null_exhibits(found[0].kata, all_of_them=False)
        for number, null in enumerate(nulls):
            name = f"{null.kind}[{null.name}]"
            yield ProofItem.from_parent(self, name=name, exhibit=null, number=number)
        folders: dict[Path, list[Exhibit]] = {}
        for exhibit in found[1:]:
            if exhibit.path.parent == self.path:
                yield ExhibitFile.from_parent(self, path=exhibit.path, exhibit=exhibit)
            else:
                folders.setdefault(exhibit.path.parent, []).append(exhibit)
        for path, held in folders.items():
            yield ExhibitFolder.from_parent(self, path=path, held=held)

    def _exhibits(self) -> list[Exhibit]:
        """The stub first, then all others."""
        folder = kata_of_reference(self.path)
        assert folder is not None
        try:
            kata = load_kata(folder)
            load_suite(kata)
            found = exhibits(kata)
        except (KataError, ValueError) as exc:
            raise self.CollectError(str(exc)) from exc
        for exhibit in found:
            if not exhibit.path.is_file():
                raise self.CollectError(
                    f"The kata {kata.slug!r} has no {exhibit.kind}: write "
                    f"{exhibit.path.parent.parent.name}/{kata.slug}/{exhibit.path.name}."
                )
        return found


class ExhibitFolder(pytest.Directory):
    """Submissions of one kind."""

    def __init__(self, *, held: Sequence[Exhibit], **options: Any) -> None:
        super().__init__(**options)
        self.held = held

    def collect(self) -> Iterator[ExhibitFile]:
        for number, exhibit in enumerate(self.held):
            yield ExhibitFile.from_parent(
                self, path=exhibit.path, exhibit=exhibit, number=number
            )


class ExhibitFile(pytest.File):
    """One submission with a known outcome."""

    def __init__(self, *, exhibit: Exhibit, number: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.exhibit = exhibit
        self.number = number

    def collect(self) -> Iterator[ProofItem]:
        yield ProofItem.from_parent(
            self, name=self.exhibit.kind, exhibit=self.exhibit, number=self.number
        )


class ProofItem(pytest.Item):
    """A proof that a suite judges one exhibit rightly.

    Accepted styles share the checks: each sits a part of them, and each check is sat by
    several. So does what does nothing, besides the stub. `kata verify` has every one of
    them sit every check.

    Args:
        number: of the exhibit among those of its kind.
    """

    def __init__(self, *, exhibit: Exhibit, number: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.exhibit = exhibit
        self.number = number
        self.told: Told | None = None

    def runtest(self) -> None:
        grader = self.config.stash[GRADER]
        verdict: Verdict | None = None
        try:
            suite = load_suite(self.exhibit.kata)
            if self.exhibit.kind in ("accepted", "null"):
                suite = share_of(suite, self.number)
            # `kata verify` is thorough, and shows which check catches what.
            verdict, complaint = prove(
                self.exhibit,
                grader.launcher,
                grader.options,
                suite=suite,
                thorough=False,
            )
        except SubmissionError as exc:
            complaint = str(exc)
        if complaint:
            self.told = Told(lambda width: _lines(complaint, verdict, width), complaint)
            pytest.fail(complaint, pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


def _lines(complaint: str, verdict: Verdict | None, width: int) -> list[Line]:
    lines: list[Line] = [[(escape(complaint), "bad")]]
    if verdict is not None:
        lines += [[], *verdict_lines(verdict, width)]
    return lines
