"""A take-home: a candidate's zip, and what the interviewer has to know."""

from __future__ import annotations

import hashlib
import shlex
import unicodedata

from graders.packs._archive import PackError
from graders.packs._learner import learners_files
from graders.packs._markdown import plain_text
from graders.packs._templates import rendered
from graders.proctor import Kata, printable

_DIGITS = 9
_LONGEST_NAME = 100


def candidates_name(name: str) -> str:
    """A name as it is shown and as its seed is drawn from it.

    Raises:
        PackError: there is none, or it is no name.
    """
    read = " ".join(unicodedata.normalize("NFC", name).split())
    if not read or len(read) > _LONGEST_NAME or printable(read) != read:
        raise PackError(
            f"--candidate {name!r} is not a name of 1 to {_LONGEST_NAME} printable "
            "characters: give one, as in --candidate 'Ada Moreau'."
        )
    return read


def seed_for(candidate: str, kata: Kata) -> str:
    """The candidate's own seed for a kata: the same whenever it is asked for.

    No secret: it says which data and delays a submission meets, not what is checked.

    Args:
        candidate: as `candidates_name` gives it.
    """
    text = f"{kata.slug}\0{candidate.casefold()}"
    digest = hashlib.sha256(text.encode()).digest()
    return str(1 + int.from_bytes(digest, "big") % (10**_DIGITS - 1))


def takehome_files(kata: Kata) -> dict[str, str | bytes]:
    """What the candidate gets: a learner's folder, and how to send it back.

    Raises:
        PackError: the kata lacks a file.
    """
    files = learners_files([kata])
    brief = f"{kata.slug}/README.md"
    text = files[brief]
    assert isinstance(text, str)
    files[brief] = (
        text.rstrip("\n")
        + "\n\n"
        + rendered(
            "takehome/sending_back.md",
            file=kata.manifest.file,
            minutes=kata.manifest.minutes,
        )
    )
    return files


def interviewers_note(kata: Kata, candidate: str, seed: str) -> str:
    """What the interviewer keeps: the seed, and how to grade what comes back.

    Args:
        candidate: as `candidates_name` gives it.
    """
    return rendered(
        "takehome/interviewer.md",
        candidate=plain_text(candidate),
        quoted=shlex.quote(candidate),
        kata=kata.slug,
        title=kata.manifest.title,
        file=kata.manifest.file,
        minutes=kata.manifest.minutes,
        seed=seed,
    )
