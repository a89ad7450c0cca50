"""The mistakes of rejected submissions: each by its name, with what must catch it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from graders.proctor.katas.kata import Kata
from graders.proctor.katas.toml import read_toml, shortened

MISTAKES = "mistakes.toml"


class Mistake(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a mistake before it is graded.

    Attributes:
        check: the check that must catch it.
        lines: those that hold its cause, as a reviewer sees it who knows the code and
            not the feedback.
        why: the mistake, in a few words.
    """

    check: str
    lines: list[int] = []
    why: str = ""


def mistakes_file(kata: Kata) -> Path:
    """Where they are described, beside the submissions."""
    return kata.reference / MISTAKES


def mistakes(kata: Kata) -> dict[str, Mistake]:
    """Each mistake that is described, by its name: `<category>__<mistake>`.

    Raises:
        ValueError: the file is wrong; the text says what it must hold.
    """
    path = mistakes_file(kata)
    if not path.is_file():
        return {}
    try:
        found = read_toml(path, dict[str, Mistake])
    except ValueError as exc:
        raise ValueError(
            f"{MISTAKES}: {exc}. Correct it; a mistake's keys are "
            f"{', '.join(Mistake.__struct_fields__)}."
        ) from exc
    # Whatever is written there may be no name of a file at all.
    there = {path.stem for path in (kata.reference / "rejected").glob("*.py")}
    for name in found:
        if name not in there:
            shown = shortened(name)
            raise ValueError(
                f"{MISTAKES} describes '{shown}', but there is no rejected/{shown}.py: "
                "remove the entry, or write the submission."
            )
    return found
