"""Unpacks a ZIP or tar archive that may be anything: wholly, or not at all.

Nothing that a header says about sizes is believed: bytes are counted as they come.
"""

from __future__ import annotations

import errno
import stat
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from graders.batch._names import on_disk, shown_name
from graders.batch._streams import TooLong, is_tar, read_tar, read_zip, zip_name

MOST_OF_ONE = 20 * 2**20
MOST_OF_ALL = 2**30
MOST_ENTRIES = 100_000

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")

_DAMAGED = (
    "It cannot be read as a ZIP or tar archive: it is damaged, or of another kind. "
    "Pack it anew."
)
_OUR_FAULT = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EIO, errno.EROFS}
_PIECE = 2**16
_LONGEST_PART = 255
_LONGEST_NAME = 1000
_DEEPEST = 40
_ZIP_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class ArchiveError(Exception):
    """An archive that is not unpacked; the text names the entry and the reason."""


def archive_stem(name: str) -> str | None:
    """A file's name without the suffix of an archive; None where it has none."""
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return None


def unpack(archive: Path, folder: Path, *, many: bool) -> None:
    """Unpack an archive into an empty folder.

    Args:
        many: it holds the submissions of many learners, each in a file or folder of
            its own; otherwise all of it is one learner's.

    Raises:
        ArchiveError: it cannot be read, or holds what no submission needs: a path
            out of the folder, a link, a device, two entries of one name, too much.
            What was unpacked until then is still there.
    """
    unpacking = _Unpacking(folder, many=many)
    try:
        with archive.open("rb") as file:
            take = unpacking.take_tar if is_tar(file) else unpacking.take_zip
            take(file)
    except ArchiveError:
        raise
    except TooLong as exc:
        raise ArchiveError(f"Its headers are longer than {exc}.") from exc
    except OSError as exc:
        ours = exc.errno in _OUR_FAULT
        raise ArchiveError(
            f"It cannot be unpacked here: {exc.strerror}." if ours else _DAMAGED
        ) from exc
    except Exception as exc:
        # Damaged on purpose, it makes zipfile and tarfile raise almost anything.
        raise ArchiveError(_DAMAGED) from exc
    unpacking.count_the_learners()


class _Unpacking:
    """One archive on its way into a folder."""

    def __init__(self, folder: Path, *, many: bool) -> None:
        self._folder = folder
        self._limit = MOST_OF_ALL if many else MOST_OF_ONE
        self._many = many
        self._entries = 0
        self._all = 0
        # Bytes below each first folder, and below each second one.
        self._sizes: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        # What was met by then, as file systems that ignore case see it.
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def take_zip(self, file: IO[bytes]) -> None:
        with read_zip(file, MOST_ENTRIES) as archive:
            for info in archive.infolist():
                # Some Windows programs write it so.
                name = zip_name(info).replace("\\", "/")
                mode = info.external_attr >> 16
                self._refuse_kind(name, mode)
                if info.flag_bits & 0x1:
                    raise ArchiveError(
                        f"{_entry(name)} is encrypted: pack it without a password."
                    )
                path = self._place(name, is_folder=name.endswith("/"))
                if path is None:
                    continue
                if info.compress_type not in _ZIP_METHODS:
                    raise ArchiveError(
                        f"{_entry(name)} is compressed in an unusual way: pack it "
                        "with Deflate."
                    )
                with archive.open(info) as content:
                    self._write(name, path, _pieces(content))

    def take_tar(self, file: IO[bytes]) -> None:
        with read_tar(file, MOST_OF_ALL) as (archive, allowance):
            while True:
                # A header that goes on and on is read into memory by tarfile.
                allowance.grant(2**20)
                info = archive.next()
                if info is None:
                    return
                name = info.name
                kind = stat.S_IFDIR if info.isdir() else 0
                self._refuse_kind(name, kind | info.mode & 0o7777)
                if info.issym() or info.islnk():
                    raise ArchiveError(f"{_entry(name)} is a link.")
                if not (info.isdir() or info.isreg()) or info.issparse():
                    raise ArchiveError(f"{_entry(name)} is no regular file.")
                path = self._place(name, is_folder=info.isdir())
                content = None if path is None else archive.extractfile(info)
                if path is not None and content is not None:
                    allowance.grant(self._limit + 2**20)
                    with content:
                        self._write(name, path, _pieces(content))

    def count_the_learners(self) -> None:
        """Each learner's share, once it is known which level is the learners'."""
        first, second = self._sizes
        if self._many:
            self._refuse_large(second if len(first) == 1 else first)

    def _refuse_kind(self, name: str, mode: int) -> None:
        self._entries += 1
        if self._entries > MOST_ENTRIES:
            raise ArchiveError(f"It has more than {MOST_ENTRIES:,} entries.")
        kind = stat.S_IFMT(mode)
        if kind == stat.S_IFLNK:
            raise ArchiveError(f"{_entry(name)} is a link.")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ArchiveError(f"{_entry(name)} is no regular file.")
        if mode & (stat.S_ISUID | stat.S_ISGID) and kind != stat.S_IFDIR:
            raise ArchiveError(f"{_entry(name)} is set to run as another user.")

    def _place(self, name: str, *, is_folder: bool) -> Path | None:
        """Where an entry goes; None for a folder, which is made here."""
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or name[1:2] == ":":
            raise ArchiveError(f"{_entry(name)} is outside the folder.")
        if "\0" in name or len(path.parts) > _DEEPEST:
            raise ArchiveError(f"{_entry(name)} has no usable name.")
        lengths = [len(part.encode("utf-8", "surrogateescape")) for part in path.parts]
        if max(lengths, default=0) > _LONGEST_PART or sum(lengths) > _LONGEST_NAME:
            raise ArchiveError(f"{_entry(name)} has too long a name.")
        if not path.parts:
            return None
        target = self._folder.joinpath(*map(on_disk, path.parts))
        folders = path.parts if is_folder else path.parts[:-1]
        self._note_folders(name, folders)
        (target if is_folder else target.parent).mkdir(parents=True, exist_ok=True)
        if is_folder:
            return None
        folded = _folded(path.parts)
        if folded in self._files or folded in self._folders:
            raise ArchiveError(_twice(name))
        self._files.add(folded)
        return target

    def _note_folders(self, name: str, parts: tuple[str, ...]) -> None:
        for end in range(1, len(parts) + 1):
            folded = _folded(parts[:end])
            there = self._folder.joinpath(*map(on_disk, parts[:end]))
            if folded in self._files or (
                folded in self._folders and not there.is_dir()
            ):
                raise ArchiveError(_twice(name))
            self._folders.add(folded)

    def _write(self, name: str, path: Path, pieces: Iterator[bytes]) -> None:
        parts = PurePosixPath(name).parts
        keys = ("/".join(parts[:1]), "/".join(parts[:2]))
        with path.open("xb") as file:
            for piece in pieces:
                self._all += len(piece)
                for sizes, key in zip(self._sizes, keys, strict=True):
                    sizes[key] += len(piece)
                if self._all > self._limit:
                    raise ArchiveError(
                        f"{_entry(name)} expands it to more than "
                        f"{_megabytes(self._limit)}."
                    )
                self._refuse_large(self._sizes[1], keys[1])
                file.write(piece)

    def _refuse_large(self, sizes: Counter[str], key: str | None = None) -> None:
        for name in sizes if key is None else (key,):
            if sizes[name] > MOST_OF_ONE:
                raise ArchiveError(
                    f"{_entry(name)} expands to more than {_megabytes(MOST_OF_ONE)}."
                )


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(_PIECE):
        yield piece


def _folded(parts: tuple[str, ...]) -> str:
    return unicodedata.normalize("NFC", "/".join(parts)).casefold()


def _entry(name: str) -> str:
    shown = shown_name(name)
    return f"Its entry '{shown if len(shown) <= 80 else shown[:79] + '…'}'"


def _twice(name: str) -> str:
    return f"{_entry(name)} is there twice, or differs from another in case alone."


def _megabytes(size: int) -> str:
    return f"{size // 2**20:,} MB"
