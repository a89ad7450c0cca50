"""Where submissions lie in a folder: patterns such as `{learner}/{kata}/app.py`."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

LEARNER, KATA = "{learner}", "{kata}"
_TOKEN = re.compile(r"\{learner\}|\{kata\}|\*|\?|[^{}*?]+|.", re.DOTALL)
_MEANS = {LEARNER: "(?P<learner>.+)", "*": ".*", "?": "."}


class LayoutError(Exception):
    """A pattern that cannot be used; the text names it and the remedy."""


@dataclass(frozen=True)
class Match:
    """A path that a pattern has led to.

    Attributes:
        learner, kata: what the pattern says of them; empty where it does not.
    """

    path: Path
    learner: str = ""
    kata: str = ""


@dataclass(frozen=True)
class Layout:
    """A pattern, cut at the learner.

    Attributes:
        text: as it was given.
        head: the parts down to the one that names the learner.
        tail: the parts below; none where each learner has one file.
    """

    text: str
    head: tuple[str, ...]
    tail: tuple[str, ...]

    @property
    def names_the_kata(self) -> bool:
        return KATA in self.text

    def learners(self, root: Path, katas: Collection[str]) -> Iterator[Match]:
        """What stands at the learner's place: a file or folder, or anything else.

        Down to there the folders are the instructor's, so links are followed.

        Args:
            katas: what may stand for `{kata}`.
        """
        yield from _walk(root, self.head, katas, follow=True)

    def submissions(self, folder: Path, katas: Collection[str]) -> Iterator[Match]:
        """What stands at the submission's place in one learner's folder.

        Args:
            katas: what may stand for `{kata}`.
        """
        yield from _walk(folder, self.tail, katas, follow=False)


def read_layout(text: str) -> Layout:
    """A pattern from a command line.

    Raises:
        LayoutError: it is none.
    """
    parts = tuple(_composed(text).split("/"))
    if text.count(LEARNER) != 1 or text.count(KATA) > 1:
        raise _unusable(text, "{learner} must be there once, {kata} at most once")
    if any(part in ("", ".", "..") for part in parts):
        raise _unusable(text, "it must be a relative path without '.' and '..'")
    if re.search(r"[{}]", text.replace(LEARNER, "").replace(KATA, "")):
        raise _unusable(text, "only {learner} and {kata} may stand in braces")
    at = next(number for number, part in enumerate(parts) if LEARNER in part)
    return Layout(text, parts[: at + 1], parts[at + 1 :])


def _unusable(text: str, why: str) -> LayoutError:
    return LayoutError(
        f"--layout {text!r} cannot be used: {why}. Give one such as "
        "'{learner}/app.py' or '{learner}/{kata}/app.py'."
    )


def entries(folder: Path) -> list[str]:
    """The names in a folder, sorted; none where it cannot be read."""
    try:
        # In the same order on Macs, which take letters and accents apart.
        return sorted(sorted(os.listdir(folder)), key=_composed)
    except OSError:
        return []


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def is_folder(path: Path) -> bool:
    """Whether it is a folder itself, and no link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _walk(
    folder: Path,
    parts: tuple[str, ...],
    katas: Collection[str],
    bound: tuple[str, str] = ("", ""),
    *,
    follow: bool,
) -> Iterator[Match]:
    pattern = _pattern(parts[0], katas)
    for name in entries(folder):
        found = pattern.fullmatch(_composed(name))
        # As in a shell, no wildcard finds what is hidden.
        if found is None or (name.startswith(".") and not parts[0].startswith(".")):
            continue
        path = folder / name
        named = found.groupdict()
        now = (named.get("learner", bound[0]), named.get("kata", bound[1]))
        if len(parts) == 1:
            yield Match(path, *now)
        elif is_folder(path) or (follow and path.is_dir()):
            yield from _walk(path, parts[1:], katas, now, follow=follow)


def _pattern(part: str, katas: Collection[str]) -> re.Pattern[str]:
    means = {**_MEANS, KATA: f"(?P<kata>{'|'.join(map(re.escape, katas))})"}
    tokens = _TOKEN.findall(part)
    return re.compile("".join(means.get(one, re.escape(one)) for one in tokens), re.S)
