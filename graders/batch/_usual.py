"""Where people put their submissions when nobody says where."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from graders.batch._found import Found, at_place, missing, several
from graders.batch._layouts import LEARNER, is_folder, read_layout
from graders.proctor import Kata


def usual_places(
    folder: Path, learner: str, katas: Collection[Kata], *, below: bool = False
) -> list[Found]:
    """The submissions in one learner's folder.

    Args:
        katas: those to look for.
        below: look one folder further down as well.
    """
    found: list[Found] = []
    for kata in katas:
        for tail in _tails(kata, alone=len(katas) == 1, below=below):
            layout = read_layout(f"{LEARNER}/{tail}")
            there = [
                match.path
                for match in layout.submissions(folder, ())
                # What stands in another kata's folder is that one's.
                if not tail.startswith("*")
                or match.path.relative_to(folder).parts[0] not in _others(kata)
            ]
            if len(there) > 1:
                found.append(several(folder, learner, kata, there))
            elif there:
                at = at_place(there[0], learner, kata, layout.text, folder=folder)
                found.append(at)
            if there:
                break
    return found


def one_hand_in(place: Path, kata: Kata) -> Found:
    """What one learner handed in: a file, or a folder that has it in a usual place.

    Where there is none or more than one, it says what there is instead, by name.
    """
    if not is_folder(place):
        return replace(at_place(place, "", kata, ""), shown=str(place))
    found = usual_places(place, "", [kata], below=True)
    return found[0] if found else missing(place, "", kata)


def _tails(kata: Kata, *, alone: bool, below: bool) -> Iterator[str]:
    """From the learner's folder on, the likeliest first."""
    slug, file = kata.slug, kata.manifest.file
    if alone:
        yield file
    yield from (f"{slug}/{file}", f"katas/{slug}/{file}")
    if not alone:
        yield f"{slug}.py"
    if below:
        yield from (f"*/{slug}/{file}", f"*/katas/{slug}/{file}")
        if alone:
            yield f"*/{file}"


def _others(kata: Kata) -> set[str]:
    """The names of the other katas, and of the folder of them all."""
    return {"katas", *(one.name for one in kata.folder.parent.iterdir())} - {kata.slug}
