"""Readers of archives that take no more memory than they are told to."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Protocol

# Enough for `xz -9`.
_LZMA_MEMORY = 128 * 2**20
_INPUT = 2**16
# Where a ZIP file says how long its directory is: a record at its end, and one before
# that in archives of many entries.
_END, _END_BYTES, _END_SIZE = b"PK\x05\x06", 22, ("<I", 12)
_END64, _END64_BYTES, _END64_SIZE = b"PK\x06\x06", 56, ("<Q", 40)
_DIRECTORY_ENTRY = 160
_IS_UTF8, _UNICODE_PATH = 0x800, 0x7075


class TooLong(Exception):
    """More than was granted; the text is the limit."""


class _Reads(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Allowance(io.BufferedIOBase):
    """A stream that gives what was granted and no byte more.

    Args:
        stream: where it comes from.
        most: bytes that it gives in all.
    """

    def __init__(self, stream: _Reads, most: int) -> None:
        self._stream = stream
        self._most = most
        self._left = 0

    def grant(self, size: int) -> None:
        """Give at most `size` bytes from now on."""
        self._left = size

    def read(self, size: int | None = -1, /) -> bytes:
        data = self._stream.read(_INPUT if size is None or size < 0 else size)
        self._left -= len(data)
        self._most -= len(data)
        if self._left < 0 or self._most < 0:
            raise TooLong("1 MB" if self._most >= 0 else "1 GB")
        return data


class _Xz:
    """Like `lzma.LZMAFile`, which knows no bound for its memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decompressor = self._new()

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, _LZMA_MEMORY)

    def read(self, size: int) -> bytes:
        while True:
            data = b""
            if self._decompressor.eof:
                data = self._decompressor.unused_data.lstrip(b"\0")
                data = data or self._file.read(_INPUT)
                if not data:
                    return b""
                self._decompressor = self._new()
            elif self._decompressor.needs_input:
                data = self._file.read(_INPUT)
                if not data:
                    raise EOFError("The archive ends early.")
            try:
                found = self._decompressor.decompress(data, size)
            except lzma.LZMAError as exc:
                raise ValueError(str(exc)) from exc
            if found:
                return found


def is_tar(file: IO[bytes]) -> bool:
    """Whether it is to be read as a tar archive, not as a ZIP one.

    A ZIP archive is known by its end, and a tar may end with one that somebody packed.
    """
    start = file.read(tarfile.BLOCKSIZE)
    file.seek(0)
    if start.startswith(b"PK"):
        return False
    try:
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        found = not zipfile.is_zipfile(file)
        file.seek(0)
        return found
    return True


@contextmanager
def read_tar(file: IO[bytes], most: int) -> Iterator[tuple[tarfile.TarFile, Allowance]]:
    """A tar archive, compressed or not, and what may be read of it.

    Args:
        most: bytes that it may expand to, headers included.
    """
    start = file.read(6)
    file.seek(0)
    stream: _Reads = file
    if start.startswith(b"\x1f\x8b"):
        stream = gzip.GzipFile(fileobj=file)
    elif start.startswith(b"BZh"):
        stream = bz2.BZ2File(file)
    elif start.startswith(b"\xfd7zXZ\0"):
        stream = _Xz(file)
    # As much again for headers and padding as for content.
    allowance = Allowance(stream, 2 * most)
    allowance.grant(2**20)
    with tarfile.open(fileobj=allowance, mode="r|", encoding="utf-8") as archive:
        yield archive, allowance


@contextmanager
def read_zip(file: IO[bytes], most: int) -> Iterator[zipfile.ZipFile]:
    """A ZIP archive.

    Args:
        most: entries that it may have.

    Raises:
        TooLong: its directory is longer.
    """
    # zipfile reads the whole directory at once: ten million entries are gigabytes.
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 2**16 - _END_BYTES - 2 * _END64_BYTES))
    end = file.read()
    for mark, length, (form, offset) in (
        (_END, _END_BYTES, _END_SIZE),
        (_END64, _END64_BYTES, _END64_SIZE),
    ):
        for found in re.finditer(re.escape(mark), end):
            if found.start() + length <= len(end):
                (directory,) = struct.unpack_from(form, end, found.start() + offset)
                # The largest number stands for one that does not fit.
                if most * _DIRECTORY_ENTRY < directory < 2**32 - 1:
                    raise TooLong(f"those of {most:,} entries")
    with zipfile.ZipFile(file) as archive:
        yield archive


def zip_name(info: zipfile.ZipInfo) -> str:
    """An entry's name, as whoever packed it meant it.

    Only a flag says that it is UTF-8, and programs on Macs forget it; one of Info-ZIP's
    fields holds it as well. Else it is in the code page of the first PCs.
    """
    name = info.orig_filename
    if info.flag_bits & _IS_UTF8:
        return name
    raw = name.encode("cp437")
    for found in (*_unicode_paths(info.extra, raw), raw):
        try:
            return found.decode("utf-8")
        except UnicodeDecodeError:
            continue
    return name


def _unicode_paths(extra: bytes, raw: bytes) -> Iterator[bytes]:
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        # A version, a checksum of the name that it goes with, the name itself.
        if kind == _UNICODE_PATH and field[1:5] == struct.pack("<I", zlib.crc32(raw)):
            yield field[5:]
