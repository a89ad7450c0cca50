"""Learners' bytes as text: as Python would read them, or a sentence on why not."""

from __future__ import annotations

import codecs
import io
import json
import tokenize

from graders.proctor.verdict.printable import printable

# How files begin that are no text, and what they are.
_BEGINNINGS = {
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\xd0\xcf\x11\xe0": "an Office document",
    b"%PDF": "a PDF document",
    b"{\\rtf": "an RTF document",
    b"\x7fELF": "a compiled program",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"\x1f\x8b": "a gzip archive",
    b"<!DOCTYPE html": "a web page",
    b"<html": "a web page",
}
_WIDE = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_TO_ASCII = bytes(range(128)) + b"?" * 128
# Encodings that are for other purposes, and what any that is for text leaves alone.
_ESCAPES = {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"}
_PLAIN = b"# coding: x; app = 'Ada'\n"


class SubmissionError(Exception):
    """A submission that cannot be read; the text names the value and the remedy."""


def decoded(content: bytes, name: str) -> str:
    """The text of a Python file, with the same end at each of its lines.

    Read as UTF-8, or as the file itself declares in one of its first two lines.

    Args:
        name: what to call it in sentences.

    Raises:
        SubmissionError: it is no text of Python.
    """
    what = _no_source(content)
    if what:
        raise SubmissionError(
            f"{name} is {what}, not Python source: hand in a plain text file of Python."
        )
    wide = _wide(content)
    if wide:
        raise SubmissionError(f"{name} is {wide}: save it as UTF-8.")
    text = _text(content, name)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise SubmissionError(
            f"{name} has a NUL character at line {line}: save it as UTF-8 text."
        )
    # Anything that ends a line ends it the same way, so that line numbers agree.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _text(content: bytes, name: str) -> str:
    encoding = _declared(content, name)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as exc:
        line = content[: exc.start].count(b"\n") + 1
        is_utf8 = encoding.startswith("utf-8")
        called = "UTF-8" if is_utf8 else f"{encoding}, as it declares"
        raise SubmissionError(
            f"{name} is not {called} (byte 0x{content[exc.start]:02X} at line {line}): "
            "save it as UTF-8" + ("." if is_utf8 else ", and declare nothing.")
        ) from exc
    return text


def _declared(content: bytes, name: str) -> str:
    """The encoding that Python would read it with.

    Raises:
        SubmissionError: it would read it with none.
    """
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n", 2)[:2]
    bom = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    # A declaration is ASCII; what else its lines hold is read as it says.
    head = bom + b"\n".join(lines).removeprefix(bom).translate(_TO_ASCII)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(head).readline)
        is_text = codecs.lookup(encoding).name not in _ESCAPES
        if is_text and _PLAIN.decode(encoding).encode() == _PLAIN:
            return encoding
        why = f"declares the encoding {encoding!r}, which is none for source"
    except SyntaxError as exc:
        _, _, encoding = str(exc).partition("unknown encoding: ")
        why = (
            f"declares the encoding {printable(encoding[:40])!r}, which Python does "
            "not know"
            if encoding
            else "begins as UTF-8 and declares another encoding"
        )
    except (UnicodeError, LookupError):
        why = f"declares the encoding {encoding!r}, which is none for source"
    raise SubmissionError(f"{name} {why}: save it as UTF-8, and declare nothing.")


def _wide(content: bytes) -> str:
    """Which encoding of two or four bytes a character it has; nothing for any other."""
    for mark, encoding in _WIDE.items():
        if content.startswith(mark):
            return encoding
    # Without a mark every other byte of the Latin letters is empty.
    beginning = content[:256]
    for first in (0, 1):
        half = beginning[first::2]
        if len(half) > 4 and half.count(0) > 0.9 * len(half):
            return "UTF-16"
    return ""


def _no_source(content: bytes) -> str:
    """What a content plainly is instead of Python source; nothing where it may be."""
    for beginning, what in _BEGINNINGS.items():
        if content[: len(beginning)].lower() == beginning.lower():
            return what
    # Every release's own number, and these two bytes behind it.
    if content[2:4] == b"\r\n" and b"\0" in content[:16]:
        return "compiled Python"
    if content.lstrip()[:1] == b"{" and b'"nbformat"' in content:
        try:
            if "nbformat" in json.loads(content):
                return "a Jupyter notebook"
        except (ValueError, RecursionError):
            pass
    return ""
