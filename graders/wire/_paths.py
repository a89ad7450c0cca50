"""Texts name files, and never where on this machine or in its memory they lie."""

from __future__ import annotations

import re

# Where a path begins: not in the middle of one, so that relative ones and links on the
# web stay as they are.
BEGINS = r"(?:(?<=file://)|(?<![^\s'\"`“”‘’<>()\[\]{},;:=|*])(?<!:/))"  # noqa: RUF001
_PART = r"[^\s/'\"`<>()\[\]{},;:=|*]+"
_MODULE = re.compile(
    # In quotes and brackets a folder's name may have anything in it.
    r"(?<=['\"`(])/(?:[^/'\"`()\n]+/)*(?=[^/'\"`()\n]+\.py['\"`)])"
    rf"|{BEGINS}/(?:{_PART}/)*(?={_PART}\.py(?!\w))"
)
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def without_folders(text: str) -> str:
    """The text with its absolute paths of modules cut down to their names."""
    return _MODULE.sub("", text)


def without_addresses(text: str) -> str:
    """The text without the addresses of objects, which differ from run to run."""
    return _ADDRESS.sub("", text)
