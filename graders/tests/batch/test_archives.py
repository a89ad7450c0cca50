"""Rows 58 to 60 of the hostile corpus: archives that attack who unpacks them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from graders.batch import _archives
from graders.batch._archives import ArchiveError, archive_stem, unpack

FINE = {"alice/app.py": b"app = 1\n", "bob/app.py": b"app = 2\n"}
Entries = Iterable[tuple[zipfile.ZipInfo, bytes]]
Members = Iterable[tuple[tarfile.TarInfo, bytes]]


def zipped(entries: Entries) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as archive:
        warnings.simplefilter("ignore")
        for info, content in entries:
            archive.writestr(info, content)
    return file.getvalue()


def entry(name: str, content: bytes = b"x", mode: int = 0) -> Entries:
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return [(info, content)]


def tarred(members: Members) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def member(
    name: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE, mode: int = 0o644
) -> Members:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname = kind, mode, "/etc/passwd"
    return [(info, content if kind == tarfile.REGTYPE else b"")]


def refused(path: Path, content: bytes, *, many: bool = True) -> str:
    archive = path / "archive"
    archive.write_bytes(content)
    folder = path / "unpacked"
    folder.mkdir()
    with pytest.raises(ArchiveError) as caught:
        unpack(archive, folder, many=many)
    assert {one.name for one in path.iterdir()} == {"archive", "unpacked"}
    return str(caught.value)


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, bz2.compress, lzma.compress, None]
)
def test_every_usual_kind_of_archive_is_unpacked(
    tmp_path: Path, pack: Callable[[bytes], bytes] | None
) -> None:
    archive, folder = tmp_path / "archive", tmp_path / "unpacked"
    folder.mkdir()
    if pack is None:
        one = [each for name, text in FINE.items() for each in entry(name, text)]
        archive.write_bytes(zipped([*entry("alice/", b""), *one]))
    else:
        two = [each for name, text in FINE.items() for each in member(name, text)]
        top = member("alice", kind=tarfile.DIRTYPE, mode=0o2755)
        archive.write_bytes(pack(tarred([*top, *two])))
    unpack(archive, folder, many=True)
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found == FINE


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, None])
def test_a_tar_that_ends_with_a_zip_is_a_tar(tmp_path: Path, form: int | None) -> None:
    inner = zipped(entry("app.py"))
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for info, content in [*member("ann/app.py"), *member("ben.zip", inner)]:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    folder = tmp_path / "unpacked"
    folder.mkdir()
    (tmp_path / "class.tar").write_bytes(file.getvalue())
    unpack(tmp_path / "class.tar", folder, many=True)
    assert {one.name for one in folder.iterdir()} == {"ann", "ben.zip"}
    assert (folder / "ben.zip").read_bytes() == inner


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        (entry("../x.py"), "Its entry '../x.py' is outside the folder."),
        (entry("a/../../x"), "Its entry 'a/../../x' is outside the folder."),
        (entry("..\\x.py"), "Its entry '../x.py' is outside the folder."),
        (entry("/etc/x"), "Its entry '/etc/x' is outside the folder."),
        (entry("C:\\x"), "Its entry 'C:/x' is outside the folder."),
        (entry("l", mode=stat.S_IFLNK | 0o777), "Its entry 'l' is a link."),
        (entry("p", mode=stat.S_IFIFO), "Its entry 'p' is no regular file."),
        (entry("d", mode=stat.S_IFCHR), "Its entry 'd' is no regular file."),
        (
            entry("s", mode=stat.S_IFREG | 0o4755),
            "Its entry 's' is set to run as another user.",
        ),
        (
            [*entry("a.py"), *entry("a.py")],
            "Its entry 'a.py' is there twice, or differs from another in case alone.",
        ),
        (
            [*entry("a/App.py"), *entry("a/app.py")],
            "Its entry 'a/app.py' is there twice, or differs from another in case "
            "alone.",
        ),
        (
            [*entry("Ann/app.py"), *entry("ann/app.py")],
            "Its entry 'ann/app.py' is there twice, or differs from another in case "
            "alone.",
        ),
        (
            [*entry("a"), *entry("a/b")],
            "Its entry 'a/b' is there twice, or differs from another in case alone.",
        ),
        (
            [
                *entry(unicodedata.normalize("NFC", "ü")),
                *entry(unicodedata.normalize("NFD", "ü")),
            ],
            "Its entry 'ü' is there twice, or differs from another in case alone.",
        ),
        (entry("x" * 300), f"Its entry '{'x' * 79}…' has too long a name."),
        (entry("main\u202e.py/../../x"), None),
        (entry("a/" * 60 + "b"), f"Its entry '{'a/' * 39}a…' has no usable name."),
        (
            entry("big", b"\0" * (20 * 2**20 + 1)),
            "Its entry 'big' expands to more than 20 MB.",
        ),
    ],
)
def test_a_zip_that_attacks_is_refused_by_name(
    tmp_path: Path, entries: Entries, sentence: str | None
) -> None:
    said = refused(tmp_path, zipped(entries))
    assert said == (
        sentence or "Its entry 'main\\u202e.py/../../x' is outside the folder."
    )


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        (member("../x"), "Its entry '../x' is outside the folder."),
        (member("/x"), "Its entry '/x' is outside the folder."),
        (member("l", kind=tarfile.SYMTYPE), "Its entry 'l' is a link."),
        (member("h", kind=tarfile.LNKTYPE), "Its entry 'h' is a link."),
        (member("d", kind=tarfile.CHRTYPE), "Its entry 'd' is no regular file."),
        (member("p", kind=tarfile.FIFOTYPE), "Its entry 'p' is no regular file."),
        (member("s", mode=0o4755), "Its entry 's' is set to run as another user."),
        (
            [*member("a"), *member("A")],
            "Its entry 'A' is there twice, or differs from another in case alone.",
        ),
        (
            member("a/b", b"\0" * (20 * 2**20 + 1)),
            "Its entry 'a/b' expands to more than 20 MB.",
        ),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_tar_that_attacks_is_refused_by_name(
    tmp_path: Path,
    members: Members,
    sentence: str,
    pack: Callable[[bytes], bytes],
) -> None:
    assert refused(tmp_path, pack(tarred(members))) == sentence


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped(entry("secret.py")))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert refused(tmp_path, bytes(content)) == (
        "Its entry 'secret.py' is encrypted: pack it without a password."
    )


def test_a_size_in_a_header_is_not_believed(tmp_path: Path) -> None:
    content = zipped(entry("small.py", b"\0" * 2**20))
    lie = content.replace(struct.pack("<I", 2**20), struct.pack("<I", 10))
    assert "It cannot be read as a ZIP or tar archive" in refused(tmp_path, lie)


def test_shares_of_learners_are_counted_below_a_wrapping_folder(
    tmp_path: Path,
) -> None:
    half = b"\0" * (11 * 2**20)
    fine = [*entry("class/a/1", half), *entry("class/b/1", half)]
    (tmp_path / "a.zip").write_bytes(zipped(fine))
    (tmp_path / "fine").mkdir()
    unpack(tmp_path / "a.zip", tmp_path / "fine", many=True)
    (tmp_path / "more").mkdir()
    greedy = [*entry("a/x/1", half), *entry("a/y/1", half), *entry("b/1")]
    said = refused(tmp_path / "more", zipped(greedy))
    assert said == "Its entry 'a' expands to more than 20 MB."


def test_one_learners_archive_has_20_mb_in_all(tmp_path: Path) -> None:
    half = b"\0" * (11 * 2**20)
    said = refused(tmp_path, zipped([*entry("1", half), *entry("2", half)]), many=False)
    assert said == "Its entry '2' expands it to more than 20 MB."


def test_entries_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_archives, "MOST_ENTRIES", 2)
    entries = [one for number in range(3) for one in entry(f"{number}")]
    assert refused(tmp_path, zipped(entries)) == "It has more than 2 entries."


def test_a_directory_of_millions_of_entries_is_not_read(tmp_path: Path) -> None:
    content = bytearray(zipped(entry("a")))
    end = content.rindex(b"PK\x05\x06")
    content[end + 12 : end + 16] = struct.pack("<I", 2**31)
    said = refused(tmp_path, bytes(content))
    assert said == "Its headers are longer than those of 100,000 entries."


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_a_header_that_goes_on_for_ever_is_not_read(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    info = tarfile.TarInfo("././@PaxHeader")
    info.type, info.size = tarfile.XHDTYPE, 2**33
    bomb = pack(info.tobuf(tarfile.GNU_FORMAT) + b"\0" * (4 * 2**20))
    assert refused(tmp_path, bomb) == "Its headers are longer than 1 MB."


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 no archive",
        b"\x1f\x8b no archive",
        b"\xfd7zXZ\0 no archive",
        b"BZh9 no archive",
        gzip.compress(tarred(member("a", b"x" * 9000)), mtime=0)[:60],
        lzma.compress(tarred(member("a", b"x" * 9000)))[:60],
        zipped(entry("a", b"x" * 9000))[30:],
    ],
    # The same in each process: the bytes of an archive hold the time.
    ids=["empty", "zip", "gzip", "xz", "bzip2", "cut gzip", "cut xz", "cut zip"],
)
def test_what_is_no_archive_is_told_in_a_sentence(
    tmp_path: Path, content: bytes
) -> None:
    assert refused(tmp_path, content) == (
        "It cannot be read as a ZIP or tar archive: it is damaged, or of another kind. "
        "Pack it anew."
    )


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("class.zip", "class"),
        ("class.TAR.GZ", "class"),
        ("a.b.tgz", "a.b"),
        (".zip", None),
        ("app.py", None),
    ],
)
def test_an_archive_is_known_by_its_suffix(name: str, stem: str | None) -> None:
    assert archive_stem(name) == stem
