"""An archive may hold anything: it is unpacked wholly into its folder, or refused."""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import lzma
import stat
import tarfile
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.batch import IntakeError, Search, _archives
from graders.batch._archives import ArchiveError, unpack
from graders.proctor import Kata, SubmissionError, find_kata
from graders.tests.fuzz.examples import examples
from graders.tests.fuzz.mangled import mangled

_MOST_OF_ONE, _MOST_OF_ALL, _MOST_ENTRIES = 2_000, 5_000, 8
_KATAS = [find_kata("gather_the_dashboard"), find_kata("fetch_many")]

_parts = st.sampled_from(
    [
        *(
            "ann",
            "Ann",
            "ben",
            "app.py",
            "App.py",
            "gather_the_dashboard",
            "fetch_many",
        ),
        *(
            "..",
            ".",
            "",
            "C:",
            "a\\b",
            "\0",
            "x" * 300,
            "ü",
            "u\u0308",
            "\udcff",
            "-rf",
        ),
        *("__MACOSX", ".hidden", "inner.zip", "inner.tgz", "\u202e.py", "a\nb", "CON"),
    ]
) | st.text(max_size=3)
_names = st.lists(_parts, min_size=1, max_size=4).map("/".join) | st.builds(
    "{}{}".format, st.sampled_from(["/", "a/" * 50, "../" * 3]), _parts
)
_contents = (
    st.binary(max_size=20)
    | st.sampled_from([0, 999, 2_000, 2_001, 6_000, 60_000]).map(bytes)
    | st.just(b"from fastapi import FastAPI\napp = FastAPI()\n")
)
_modes = st.sampled_from(
    [
        *(0, 0o644, 0o777, 0o4755, 0o2755, 0o7777),
        *(stat.S_IFLNK | 0o777, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK),
        *(stat.S_IFREG | 0o644, stat.S_IFDIR | 0o755, stat.S_IFREG | 0o4000, 0o170000),
    ]
)


@dataclass(frozen=True)
class Entry:
    name: str
    content: bytes
    mode: int
    kind: bytes
    method: int


_entries = st.lists(
    st.builds(
        Entry,
        _names,
        _contents,
        _modes,
        st.sampled_from(
            [tarfile.REGTYPE] * 4
            + [tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE]
            + [tarfile.CHRTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE, b"x", b"?"]
        ),
        st.sampled_from(
            [
                *(zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
                *(zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA),
            ]
        ),
    ),
    max_size=_MOST_ENTRIES + 2,
)


def _zip(entries: list[Entry]) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as archive:
        warnings.simplefilter("ignore")
        for entry in entries:
            info = zipfile.ZipInfo("placeholder")
            name = entry.name.encode("utf-8", "replace").decode()
            info.filename = info.orig_filename = name
            info.external_attr = (entry.mode & 0xFFFF) << 16
            info.compress_type = entry.method
            archive.writestr(info, entry.content)
    return file.getvalue()


def _tar(entries: list[Entry], form: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for entry in entries:
            info = tarfile.TarInfo(entry.name)
            info.type, info.mode = entry.kind, entry.mode & 0o7777
            info.linkname = "../outside"
            info.size = len(entry.content) if entry.kind == tarfile.REGTYPE else 0
            try:
                archive.addfile(info, io.BytesIO(entry.content))
            except (ValueError, UnicodeEncodeError):
                # No such name fits into a header of that form.
                continue
    return file.getvalue()


_tars = st.builds(
    _tar,
    _entries,
    st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
archives = mangled(
    st.builds(_zip, _entries)
    | _tars
    | st.builds(
        lambda pack, data: pack(data),
        st.sampled_from([gzip.compress, bz2.compress, lzma.compress]),
        mangled(_tars),
    )
)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for each example; and limits that examples reach."""
    monkeypatch.setattr(_archives, "MOST_OF_ONE", _MOST_OF_ONE)
    monkeypatch.setattr(_archives, "MOST_OF_ALL", _MOST_OF_ALL)
    monkeypatch.setattr(_archives, "MOST_ENTRIES", _MOST_ENTRIES)
    numbers = itertools.count()

    def places() -> Iterator[Path]:
        while True:
            folder = tmp_path / f"{next(numbers)}"
            folder.mkdir()
            yield folder

    return places()


def see_what_is_there(folder: Path, most: int) -> None:
    """Plain files and folders, and no more bytes than there may be."""
    size = 0
    for path in folder.rglob("*"):
        found = path.lstat()
        assert stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
        assert not found.st_mode & (stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX)
        if stat.S_ISREG(found.st_mode):
            assert found.st_nlink == 1
            size += found.st_size
    assert size <= most


def see_that_it_is_a_sentence(text: str) -> None:
    assert text.endswith(".")
    assert text.isprintable()
    assert len(text) < 400


@examples(50)
@given(content=archives, many=st.booleans())
def test_an_archive_is_unpacked_into_its_folder_or_refused(
    places: Iterator[Path], content: bytes, many: bool
) -> None:
    place = next(places)
    (place / "archive").write_bytes(content)
    (place / "unpacked").mkdir()
    try:
        unpack(place / "archive", place / "unpacked", many=many)
    except ArchiveError as exc:
        see_that_it_is_a_sentence(str(exc))
    assert {one.name for one in place.iterdir()} == {"archive", "unpacked"}
    assert (place / "archive").read_bytes() == content
    see_what_is_there(place / "unpacked", _MOST_OF_ALL if many else _MOST_OF_ONE)


@examples(25)
@given(
    content=archives,
    name=st.sampled_from(["class.zip", "class.tar.gz"]),
    katas=st.sampled_from([_KATAS, _KATAS[:1]]),
)
def test_what_is_found_in_an_archive_is_read_or_told(
    places: Iterator[Path], content: bytes, name: str, katas: list[Kata]
) -> None:
    place = next(places)
    (place / name).write_bytes(content)
    (place / "scratch").mkdir()
    try:
        intake = Search(katas, place / "scratch").submissions([place / name])
    except IntakeError as exc:
        see_that_it_is_a_sentence(str(exc).replace(str(place), ""))
        return
    assert {one.name for one in place.iterdir()} == {name, "scratch"}
    for found in intake.found:
        assert found.learner.isprintable()
        try:
            found.read()
        except SubmissionError as exc:
            see_that_it_is_a_sentence(str(exc))
    assert all(other.isprintable() for other in intake.others)
