"""Learners' names, which come from file names and may be anything."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

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
    """A name as reports show it: no two names are shown alike, none steers anything.

    Args:
        name: as the file system gives it.
    """
    decomposed = unicodedata.normalize("NFC", name) != name
    return "".join(
        char
        if char.isprintable()
        and char != "\\"
        and not (decomposed and unicodedata.combining(char))
        else char.encode("unicode_escape").decode()
        for char in name
    )


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
    text = "".join(char if char.isalnum() or char in "._@+ -" else "_" for char in text)
    text = text.lstrip(".-~ ") or "_"
    while len(text.encode()) > _LONGEST:
        text = text[:-1]
    return text.rstrip(". ") or "_"


def _is_taken(safe: str) -> bool:
    stem = safe.partition(".")[0].casefold()
    return stem in _RESERVED or _ENDS_LIKE_A_DIGEST.search(safe) is not None


def _digest(name: str) -> str:
    data = name.encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:_DIGITS]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
