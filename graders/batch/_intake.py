"""Finds the submissions in what was handed in. Nobody's is lost.

What cannot be graded is found as well, with a sentence on why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from graders.batch._archives import ArchiveError, archive_stem, unpack
from graders.batch._found import Found, Intake, at_place, missing, not_found, several
from graders.batch._layouts import (
    KATA,
    LEARNER,
    Layout,
    Match,
    entries,
    is_folder,
)
from graders.batch._names import shown_name
from graders.batch._sides import sides
from graders.batch._usual import usual_places
from graders.proctor import Kata


class IntakeError(Exception):
    """Something handed in that cannot be searched; the text names it and the remedy."""


class Search:
    """Looks for submissions.

    Args:
        katas: those to look for.
        scratch: an empty folder that archives are unpacked into.
        layout: the only pattern; the usual ones when there is none.
        leave_out: a folder that holds results, not submissions.
    """

    def __init__(
        self,
        katas: Sequence[Kata],
        scratch: Path,
        layout: Layout | None = None,
        leave_out: Path | None = None,
    ) -> None:
        self._katas = {kata.slug: kata for kata in katas}
        self._scratch = scratch
        self._layout = layout
        self._leave_out = leave_out and leave_out.resolve()
        self._unpacked = 0
        self._others: list[str] = []

    def submissions(self, handed_in: Iterable[Path]) -> Intake:
        """All submissions in the folders, archives and files that were handed in.

        Raises:
            IntakeError: one of them does not exist, or is refused as a whole.
        """
        found = [one for path in handed_in for one in self._in(path)]
        return Intake(list(_told_apart(found)), self._others)

    def _in(self, path: Path) -> Iterator[Found]:
        shown = shown_name(str(path))
        if not path.exists():
            raise IntakeError(f"There is no file or folder {shown!r}: check the path.")
        name = path.resolve().name
        if path.is_dir():
            return self._in_folder(path, name)
        stem = archive_stem(name)
        if stem is not None:
            return self._in_archive(path, stem, shown)
        if self._layout is not None:
            raise IntakeError(
                f"{shown!r} is no folder and no archive: with --layout give one."
            )
        return iter([self._file(Match(path, name))])

    def _in_archive(self, path: Path, stem: str, shown: str) -> Iterator[Found]:
        try:
            folder = self._unpack(path, many=True)
        except ArchiveError as exc:
            raise IntakeError(f"The archive {shown!r} was not unpacked. {exc}") from exc
        others = self._sides(folder)
        inside = [name for name in entries(folder) if name not in others]
        # A folder that was packed as a whole.
        wrapped = len(inside) == 1 and is_folder(folder / inside[0])
        if wrapped and not self._usual(folder, stem):
            self._others += sorted(map(shown_name, others))
            return self._in_folder(folder / inside[0], inside[0])
        return self._in_folder(folder, stem)

    def _in_folder(self, folder: Path, name: str) -> Iterator[Found]:
        if self._layout is not None:
            yield from self._by_layout(folder, self._layout)
            return
        alone = self._usual(folder, name)
        if alone:
            yield from alone
            return
        names = self._without_others(folder)
        if len(self._katas) > 1 and set(names) <= set(self._katas):
            yield from self._by_kata(folder, names)
            return
        for one in names:
            yield from self._learner(Match(folder / one, one))

    def _by_kata(self, folder: Path, slugs: Sequence[str]) -> Iterator[Found]:
        for slug in slugs:
            scratch = self._scratch / slug
            scratch.mkdir(exist_ok=True)
            search = Search([self._katas[slug]], scratch, leave_out=self._leave_out)
            for found in search._in_folder(folder / slug, slug):
                layout = f"{KATA}/{found.layout}" if found.layout else ""
                yield replace(found, layout=layout)
            self._others += search._others

    def _by_layout(self, root: Path, layout: Layout) -> Iterator[Found]:
        others = set(entries(root))
        beside: dict[Path, set[str]] = {}
        for match in layout.learners(root, self._katas):
            path = match.path
            if path.parent not in beside:
                beside[path.parent] = self._sides(path.parent)
            if path.name in beside[path.parent] or self._holds_results(path):
                continue
            others.discard(path.relative_to(root).parts[0])
            if layout.tail:
                yield from self._learner(match)
            else:
                kata = self._only(match)
                assert kata is not None
                yield at_place(match.path, match.learner, kata, layout.text)
        self._others += sorted(map(shown_name, others))

    def _learner(self, match: Match) -> Iterator[Found]:
        """What one learner handed in: a folder, an archive or a file."""
        path = match.path
        stem = archive_stem(path.name)
        if path.is_symlink():
            yield self._unusable(match, "is a symbolic link: hand in the file itself")
        elif stem is not None and path.is_file():
            if match.learner == path.name:
                match = replace(match, learner=stem)
            yield from self._in_learners_archive(path, match)
        elif is_folder(path):
            found = self._in_learners_folder(path, match)
            packed = [one for one in entries(path) if archive_stem(one) is not None]
            if not found and len(packed) == 1 and (path / packed[0]).is_file():
                # So platforms export what a learner has uploaded.
                yield from self._in_learners_archive(path / packed[0], match)
            else:
                kata = self._only(match)
                yield from found or [missing(path, match.learner, kata)]
        elif self._layout is not None:
            yield self._unusable(match, "is no folder and no archive")
        else:
            yield self._file(match)

    def _in_learners_archive(self, path: Path, match: Match) -> Iterator[Found]:
        kata = self._only(match)
        try:
            folder = self._unpack(path, many=False)
        except ArchiveError as exc:
            yield self._unusable(match, f"was not unpacked. {exc}", path.name)
            return
        found = self._in_learners_folder(folder, match)
        yield from found or [missing(folder, match.learner, kata)]

    def _in_learners_folder(self, folder: Path, match: Match) -> list[Found]:
        if self._layout is None:
            return self._usual(folder, match.learner, below=True)
        only = self._only(match)
        katas = [only] if only is not None else list(self._katas.values())
        found: list[Found] = []
        for kata in katas:
            matches = self._layout.submissions(folder, [kata.slug])
            there = [one.path for one in matches]
            if len(there) > 1:
                found.append(several(folder, match.learner, kata, there))
            elif there:
                text = self._layout.text
                at = at_place(there[0], match.learner, kata, text, folder=folder)
                found.append(at)
        return found

    def _usual(self, folder: Path, learner: str, *, below: bool = False) -> list[Found]:
        return usual_places(folder, learner, self._katas.values(), below=below)

    def _file(self, match: Match) -> Found:
        kata = self._only(match)
        name = Path(match.path.name)
        if kata is None:
            return self._unusable(match, "is a file, and nothing says of which kata")
        if name.suffix.lower() not in (".py", ".ipynb"):
            file = kata.manifest.file
            return self._unusable(match, f"is no Python file: hand in {file}")
        return at_place(match.path, name.stem, kata, f"{LEARNER}.py")

    def _unusable(self, match: Match, why: str, name: str = "") -> Found:
        sentence = f"{shown_name(name or match.path.name)} {why.rstrip('.')}."
        return not_found(match.path, match.learner, self._only(match), sentence)

    def _only(self, match: Match) -> Kata | None:
        """The kata that it must be, where there is but one."""
        if match.kata in self._katas:
            return self._katas[match.kata]
        return next(iter(self._katas.values())) if len(self._katas) == 1 else None

    def _sides(self, folder: Path) -> set[str]:
        names = entries(folder)
        folders = {one for one in names if is_folder(folder / one)}
        files = {kata.manifest.file for kata in self._katas.values()}
        return sides(names, folders, files)

    def _without_others(self, folder: Path) -> list[str]:
        names = entries(folder)
        others = self._sides(folder)
        self._others += sorted(map(shown_name, others))
        return [
            one
            for one in names
            if one not in others and not self._holds_results(folder / one)
        ]

    def _holds_results(self, path: Path) -> bool:
        if self._leave_out is None or not is_folder(path):
            return False
        return self._leave_out.is_relative_to(path.resolve())

    def _unpack(self, path: Path, *, many: bool) -> Path:
        self._unpacked += 1
        folder = self._scratch / f"archive-{self._unpacked}"
        folder.mkdir()
        unpack(path, folder, many=many)
        return folder


def _told_apart(found: Iterable[Found]) -> Iterator[Found]:
    """Two submissions of one name are two learners', as far as anybody knows."""
    seen: Counter[tuple[str, str]] = Counter()
    for one in found:
        slug = one.kata.slug if one.kata else ""
        learner = one.learner
        while seen[learner, slug]:
            seen[one.learner, slug] += 1
            learner = f"{one.learner} ({seen[one.learner, slug]})"
        seen[learner, slug] += 1
        yield replace(one, learner=learner)
