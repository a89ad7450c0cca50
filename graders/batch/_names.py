"""Learners' names, which come from file names and may be anything."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from graders.proctor import printable

_LONGEST = 80
_DIGITS = 16
_ENDS_LIKE_A_DIGEST = re.compile(rf"-[0-9a-f]{{{_DIGITS}}}$")
_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
}


def shown_name(name: str) -> str:
    """A name as reports and rosters have it: composed (Macs take letters and accents
    apart), and none steers anything. Names that differ otherwise are shown differently.

    Args:
        name: as the file system gives it.
    """
    composed = unicodedata.normalize("NFC", _from_disk(name))
    return printable(composed.replace("\\", r"\\"))


def on_disk(name: str) -> str:
    """A name as Python wants it for files, which are named in UTF-8 in any locale."""
    return os.fsdecode(name.encode("utf-8", "surrogateescape"))


def _from_disk(name: str) -> str:
    """The same the other way round; what was not read from a disk stays as it is."""
    try:
        return os.fsencode(name).decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name


def file_names(names: Iterable[str]) -> dict[str, str]:
    """A file name for each name, without a suffix, different on any file system.

    A plain name stays as it is. Any other gets a digest of it at its end, as does each
    of those that differ in case alone.
    """
    plain = {name: _plain(name) for name in names}
    times = Counter(map(_folded, plain.values()))
    return {
        name: safe
        if safe == name and times[_folded(safe)] == 1 and not _is_taken(safe)
        else f"{safe}-{_digest(name)}"
        for name, safe in plain.items()
    }


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFC", name)
    text = "".join(char if _may_stay(char) else "_" for char in text)
    text = text.lstrip(".-~ ") or "_"
    while len(text.encode()) > _LONGEST:
        text = text[:-1]
    return text.rstrip(". ") or "_"


def _may_stay(char: str) -> bool:
    # Many scripts write vowels as marks.
    return char.isalnum() or char in "._@+ -" or unicodedata.category(char)[0] == "M"


def _is_taken(safe: str) -> bool:
    stem = safe.partition(".")[0].casefold()
    return stem in _RESERVED or _ENDS_LIKE_A_DIGEST.search(safe) is not None


def _digest(name: str) -> str:
    data = name.encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:_DIGITS]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
