from __future__ import annotations

import io
import os
import shutil
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from graders.batch import (
    Intake,
    IntakeError,
    LayoutError,
    Search,
    one_hand_in,
    read_layout,
)
from graders.proctor import SubmissionError, find_kata

KATA, OTHER = "gather_the_dashboard", "fetch_many"
TESTS = "test_the_async_service"


def lay(root: Path, *names: str) -> Path:
    """Write files; what they hold is where they lie."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n")
    return root


def zipped(path: Path, *names: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, f"# {name}\n")
    return path


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    path = tmp_path / "scratch"
    path.mkdir()
    return path


def search(scratch: Path, *slugs: str, layout: str | None = None) -> Search:
    katas = [find_kata(slug) for slug in slugs or (KATA, OTHER)]
    pattern = read_layout(layout) if layout is not None else None
    return Search(katas, scratch, pattern, leave_out=scratch.parent / "results")


def told(intake: Intake) -> dict[str, str]:
    """Learner and kata -> the source that was found, or the sentence instead."""
    found: dict[str, str] = {}
    for one in intake.found:
        slug = one.kata.slug if one.kata else "?"
        key = one.learner if slug == KATA else f"{one.learner}: {slug}"
        assert key not in found
        try:
            found[key] = one.read().source
        except SubmissionError as exc:
            found[key] = str(exc)
    return found


def test_the_usual_places_of_one_kata(tmp_path: Path, scratch: Path) -> None:
    root = lay(
        tmp_path / "class",
        "ann/app.py",
        f"ben/{KATA}/app.py",
        f"cleo/katas/{KATA}/app.py",
        f"cleo/katas/{OTHER}/app.py",
        "dan/dashboard-main/app.py",
        f"eli/course-main/katas/{KATA}/app.py",
        "fay.py",
        f"gil/{OTHER}/app.py",
        "hal/solution.py",
        "ida.txt",
        "README.md",
        "grades.csv",
        ".DS_Store",
    )
    (root / "jo").mkdir()
    intake = search(scratch, KATA).submissions([root])
    assert told(intake) == {
        "ann": "# ann/app.py\n",
        "ben": f"# ben/{KATA}/app.py\n",
        "cleo": f"# cleo/katas/{KATA}/app.py\n",
        "dan": "# dan/dashboard-main/app.py\n",
        "eli": f"# eli/course-main/katas/{KATA}/app.py\n",
        "fay": "# fay.py\n",
        "gil": f"No app.py was found in what was handed in (there is {OTHER}).",
        "hal": "No app.py was found in what was handed in (there is solution.py).",
        "ida.txt": "ida.txt is no Python file: hand in app.py.",
        "jo": "No app.py was found in what was handed in (it is empty).",
    }
    assert intake.others == [".DS_Store", "README.md", "grades.csv"]
    assert intake.layouts["{learner}/app.py"] == 1
    assert intake.layouts.total() == 6


def test_the_usual_places_of_several_katas(tmp_path: Path, scratch: Path) -> None:
    root = lay(
        tmp_path / "class",
        f"ann/{KATA}/app.py",
        f"ann/{OTHER}/app.py",
        f"ben/katas/{OTHER}/app.py",
        f"cleo/{KATA}.py",
        "dan/app.py",
        f"eli/{TESTS}/test_reservations.py",
    )
    assert told(search(scratch, KATA, OTHER, TESTS).submissions([root])) == {
        "ann": f"# ann/{KATA}/app.py\n",
        f"ann: {OTHER}": f"# ann/{OTHER}/app.py\n",
        f"ben: {OTHER}": f"# ben/katas/{OTHER}/app.py\n",
        "cleo": f"# cleo/{KATA}.py\n",
        "dan: ?": "No kata was found in what was handed in (there is app.py).",
        f"eli: {TESTS}": f"# eli/{TESTS}/test_reservations.py\n",
    }


def test_folders_that_are_named_for_katas(tmp_path: Path, scratch: Path) -> None:
    root = lay(tmp_path / "class", f"{KATA}/ann/app.py", f"{OTHER}/ann.py")
    assert told(search(scratch).submissions([root])) == {
        "ann": f"# {KATA}/ann/app.py\n",
        f"ann: {OTHER}": f"# {OTHER}/ann.py\n",
    }


def test_each_learner_named_on_the_command_line(tmp_path: Path, scratch: Path) -> None:
    root = lay(tmp_path, "ann/app.py", f"ben/katas/{KATA}/app.py", "cleo.py")
    dan = zipped(tmp_path / "dan.zip", "app.py")
    paths = [root / "ann", root / "ben", root / "cleo.py", dan]
    assert told(search(scratch, KATA).submissions(paths)) == {
        "ann": "# ann/app.py\n",
        "ben": f"# ben/katas/{KATA}/app.py\n",
        "cleo": "# cleo.py\n",
        "dan": "# app.py\n",
    }


def test_an_archive_of_the_class_with_archives_of_learners(
    tmp_path: Path, scratch: Path
) -> None:
    root = lay(tmp_path / "made", "class/ann/app.py")
    zipped(root / "class/ben.zip", "ben/app.py")
    zipped(root / "class/Cleo_123_file/upload.zip", "app.py")
    zipped(root / "class/dan.zip", "../app.py")
    (root / "class/eli.zip").write_bytes(b"no archive")
    zipped(root / "inner.zip", "app.py")
    with zipfile.ZipFile(root / "class/fay.zip", "w") as archive:
        archive.write(root / "inner.zip", "inner.zip")
    with tarfile.open(tmp_path / "class.tar.xz", "w:xz") as packed:
        packed.add(root / "class", "class")
    intake = search(scratch, KATA).submissions([tmp_path / "class.tar.xz"])
    assert told(intake) == {
        "ann": "# class/ann/app.py\n",
        "ben": "# ben/app.py\n",
        "Cleo_123_file": "# app.py\n",
        "dan": "dan.zip was not unpacked. Its entry '../app.py' is outside the folder.",
        "eli": "eli.zip was not unpacked. It cannot be read as a ZIP or tar archive: "
        "it is damaged, or of another kind. Pack it anew.",
        "fay": "No app.py was found in what was handed in (there is inner.zip).",
    }


@pytest.mark.parametrize(
    ("layout", "slugs", "expected"),
    [
        ("{learner}/app.py", (KATA,), {"ann": "# ann/app.py\n"}),
        ("{learner}/src/*.py", (KATA,), {"ann": "# ann/src/main.py\n"}),
        ("week?/{learner}_{kata}.py", (), {"ben": f"# week1/ben_{KATA}.py\n"}),
        ("{kata}-class/{learner}", (), {"cleo.py": f"# {KATA}-class/cleo.py\n"}),
        ("by/{learner}/x/{kata}/s.py", (), {"dan": f"# by/dan/x/{KATA}/s.py\n"}),
    ],
)
def test_a_pattern_of_ones_own(
    tmp_path: Path,
    scratch: Path,
    layout: str,
    slugs: tuple[str, ...],
    expected: dict[str, str],
) -> None:
    root = lay(
        tmp_path / "class",
        "ann/app.py",
        "ann/src/main.py",
        f"week1/ben_{KATA}.py",
        f"{KATA}-class/cleo.py",
        f"by/dan/x/{KATA}/s.py",
    )
    found = told(search(scratch, *slugs, layout=layout).submissions([root]))
    assert {key: text for key, text in found.items() if text[0] == "#"} == expected


def test_with_a_pattern_too_who_has_nothing_there_is_not_lost(
    tmp_path: Path, scratch: Path
) -> None:
    root = lay(tmp_path / "class", "ann/app.py", "ben/main.py", "cleo/a/x.py")
    lay(root, "cleo/b/x.py", "notes.txt")
    plain = search(scratch, KATA, layout="{learner}/app.py").submissions([root])
    assert told(plain)["ben"] == (
        "No app.py was found in what was handed in (there is main.py)."
    )
    assert told(plain)["notes.txt"] == "notes.txt is no folder and no archive."
    starred = search(scratch, KATA, layout="{learner}/*/x.py").submissions([root])
    assert told(starred)["cleo"] == (
        "There is more than one app.py: a/x.py and b/x.py. Hand in one."
    )


@pytest.mark.parametrize(
    "layout",
    ["app.py", "{learner}/../app.py", "/{learner}.py", "{learner}/{name}.py", ""],
)
def test_a_pattern_that_cannot_be_used_is_a_sentence(layout: str) -> None:
    with pytest.raises(LayoutError, match=r"^--layout .* cannot be used: .*Give one"):
        read_layout(layout)


_BLACKBOARD = "Dashboard_{}_attempt_2024-01-31-12-00-00"
_MOODLE = "{}_assignsubmission_{}"
PLATFORMS = {
    "gradescope": (
        ["submission_metadata.yml", "submission_1/app.py", "submission_2/app.py"],
        ["submission_1", "submission_2"],
    ),
    "blackboard": (
        [
            f"{_BLACKBOARD.format('ann')}.txt",
            f"{_BLACKBOARD.format('ann')}_app.py",
            f"{_BLACKBOARD.format('ann')}_helpers.py",
            f"{_BLACKBOARD.format('ben')}.txt",
            f"{_BLACKBOARD.format('ben')}_work.zip",
            f"{_BLACKBOARD.format('cleo')}.txt",
        ],
        [
            f"{_BLACKBOARD.format('ann')}_app",
            f"{_BLACKBOARD.format('ben')}_work",
            f"{_BLACKBOARD.format('cleo')}.txt",
        ],
    ),
    "moodle": (
        [
            f"{_MOODLE.format('Ann Lee_17', 'file_')}/app.py",
            f"{_MOODLE.format('Ann Lee_17', 'onlinetext_')}/onlinetext.html",
            f"{_MOODLE.format('Ben Ow_18', 'onlinetext_')}/onlinetext.html",
            f"{_MOODLE.format('Cy Young_19', 'file_app.py')}",
            f"{_MOODLE.format('Cy Young_19', 'onlinetext.html')}",
            "Grades-CS1-Dashboard--99.csv",
        ],
        [
            _MOODLE.format("Ann Lee_17", "file_"),
            _MOODLE.format("Ben Ow_18", "onlinetext_"),
            _MOODLE.format("Cy Young_19", "file_app"),
        ],
    ),
    "canvas": (
        [
            "leeann_41_901_app-2.py",
            "leeann_41_902_picture.png",
            "leeann_41_903_helpers.py",
            "owben_LATE_42_904_app.py",
            "owben_42_905_notes.pdf",
            "youngcy_43_text.html",
        ],
        ["leeann_41_901_app-2", "owben_LATE_42_904_app", "youngcy_43_text.html"],
    ),
    "plain": (
        ["ann.py", "ann.txt", "ben.txt", "J. Doe/app.py", "J.txt", "grades.xlsx"],
        ["J. Doe", "J.txt", "ann", "ben.txt"],
    ),
}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("packed", [False, True])
def test_what_a_platform_puts_beside_submissions_is_nobodys(
    tmp_path: Path, scratch: Path, platform: str, packed: bool
) -> None:
    names, learners = PLATFORMS[platform]
    root = lay(tmp_path / "class", *names)
    for archive in root.glob("*.zip"):
        zipped(archive, "app.py")
    if packed:
        with tarfile.open(tmp_path / "class.tar", "w") as whole:
            whole.add(root, "class")
        root = tmp_path / "class.tar"
    intake = search(scratch, KATA).submissions([root])
    assert [one.learner for one in intake.found] == learners
    # Nothing is lost: it is somebody's, or it is listed.
    tops = {name.partition("/")[0] for name in names}
    assert len(intake.found) + len(intake.others) == len(tops)
    assert set(intake.others) < tops


def test_with_a_pattern_too_side_files_are_nobodys(
    tmp_path: Path, scratch: Path
) -> None:
    root = lay(tmp_path / "class", *PLATFORMS["gradescope"][0], "notes.txt")
    layout = "{learner}/app.py"
    intake = search(scratch, KATA, layout=layout).submissions([root])
    assert [one.learner for one in intake.found] == [
        "notes.txt",
        "submission_1",
        "submission_2",
    ]
    assert intake.others == ["submission_metadata.yml"]


def test_what_is_no_regular_file_is_told_and_not_followed(
    tmp_path: Path, scratch: Path
) -> None:
    root = lay(tmp_path / "class", "zoe/app.py")
    for name in ("pipe", "link", "device", "deep"):
        (root / name).mkdir()
    os.mkfifo(root / "pipe/app.py")
    (root / "link/app.py").symlink_to("/etc/passwd")
    (root / "device/app.py").symlink_to("/dev/zero")
    (root / "deep/katas").symlink_to(root / "zoe")
    (root / "folder").symlink_to(root / "zoe")
    (root / "file.py").symlink_to(root / "zoe/app.py")
    os.mkfifo(root / "flat.py")
    found = told(search(scratch, KATA).submissions([root]))
    assert "is not a regular file" in found["pipe"]
    assert "is not a regular file" in found["flat"]
    assert "'link/app.py' is a symbolic link" in found["link"]
    assert "is a symbolic link" in found["device"]
    assert "No app.py was found" in found["deep"]
    assert found["folder"] == "folder is a symbolic link: hand in the file itself."
    assert found["file.py"] == "file.py is a symbolic link: hand in the file itself."
    assert found["zoe"] == "# zoe/app.py\n"
    assert not any(str(tmp_path) in sentence for sentence in found.values())


def test_names_that_are_the_same_are_two_learners(
    tmp_path: Path, scratch: Path
) -> None:
    lay(tmp_path, "one/ann/app.py", "two/ann/app.py", "two/ann.py")
    zipped(tmp_path / "two/ann.zip", "app.py")
    intake = search(scratch, KATA).submissions([tmp_path / "one", tmp_path / "two"])
    assert [one.learner for one in intake.found] == [
        "ann",
        "ann (2)",
        "ann (3)",
        "ann (4)",
    ]


def test_names_are_escaped_and_raw_bytes_are_no_obstacle(
    tmp_path: Path, scratch: Path
) -> None:
    root = tmp_path / "class"
    root.mkdir()
    for name in (b"caf\xe9", b"main\xe2\x80\xae", b"a\nb", b"-rf"):
        folder = os.fsencode(root) + b"/" + name
        os.mkdir(folder)
        (Path(os.fsdecode(folder)) / "app.py").write_bytes(b"\xff")
    found = told(search(scratch, KATA).submissions([root]))
    assert set(found) == {"caf\\udce9", "main\\u202e", "a\\nb", "-rf"}
    assert set(found.values()) == {
        "app.py is not UTF-8 (byte 0xFF at line 1): save it as UTF-8."
    }


_OF_MACS = {".DS_Store", "._Class", "__MACOSX"}
NAMES = ["José Núñez", "Zoë Müller", "김민준", "समीर क़ुरैशी", "محمد", "Nguyễn Văn An"]


def _class_of(kind: str, form: Literal["NFC", "NFD"], root: Path) -> Path:
    """A class whose names are spelt in one form, as a folder or an archive of it."""
    composed = [f"Class/{unicodedata.normalize(form, one)}/app.py" for one in NAMES]
    lay(root, *composed, "Class/.DS_Store", "Class/._Class", "__MACOSX/Class/._Zoe")
    if kind == "folder":
        return root / "Class"
    packed = root / f"class.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(packed, "w") as archive:
            for path in sorted((root / "Class").rglob("*")):
                archive.write(path, path.relative_to(root))
            archive.write(root / "__MACOSX/Class/._Zoe", "__MACOSX/Class/._Zoe")
    else:
        with tarfile.open(packed, "w", format=tarfile.GNU_FORMAT) as other:
            other.add(root / "Class", "Class")
    return packed


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_are_the_same_whichever_way_a_system_spells_them(
    tmp_path: Path, scratch: Path, kind: str, form: Literal["NFC", "NFD"]
) -> None:
    root = _class_of(kind, form, tmp_path / "made")
    intake = search(scratch, KATA).submissions([root])
    expected = sorted(unicodedata.normalize("NFC", one) for one in NAMES)
    assert [one.learner for one in intake.found] == expected
    assert {".DS_Store", "._Class"} <= set(intake.others) <= _OF_MACS
    for one in intake.found:
        assert one.read().source.startswith("# Class/")


def test_a_name_in_both_spellings_is_two_learners(
    tmp_path: Path, scratch: Path
) -> None:
    forms: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
    two = [unicodedata.normalize(form, "Zoë") for form in forms]
    root = lay(tmp_path / "class", *(f"{one}/app.py" for one in two))
    found = search(scratch, KATA).submissions([root]).found
    assert [one.learner for one in found] == ["Zoë", "Zoë (2)"]
    assert len({one.read().source for one in found}) == 2


def _old_zip(path: Path, raw: bytes, extra: bytes = b"") -> Path:
    """A zip that does not say in what its one entry's name is encoded."""
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("x" * len(raw))
        info.extra = extra
        archive.writestr(info, "# old\n")
    path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    return path


def test_names_in_zips_that_do_not_say_how_they_are_encoded(
    tmp_path: Path, scratch: Path
) -> None:
    mac = unicodedata.normalize("NFD", "Zoë.py").encode()
    unicode_path = b"\x01" + struct.pack("<I", zlib.crc32(b"J.py")) + "José.py".encode()
    field = struct.pack("<HH", 0x7075, len(unicode_path)) + unicode_path
    stale = field.replace(struct.pack("<I", zlib.crc32(b"J.py")), b"none")
    for number, (raw, extra, expected) in enumerate(
        [
            (mac, b"", "Zoë"),
            ("José.py".encode("cp437"), b"", "José"),
            (b"J.py", field, "José"),
            (b"J.py", stale, "J"),
        ]
    ):
        packed = _old_zip(tmp_path / f"{number}.zip", raw, extra)
        found = search(scratch, KATA).submissions([packed]).found
        assert [one.learner for one in found] == [expected]
        shutil.rmtree(scratch)
        scratch.mkdir()


def test_the_results_of_an_earlier_run_are_no_submissions(
    tmp_path: Path, scratch: Path
) -> None:
    lay(tmp_path, "ann/app.py", "results/verdicts/ann.json")
    found = search(scratch, KATA).submissions([tmp_path]).found
    assert "results" not in [one.learner for one in found]
    assert "ann" in [one.learner for one in found]


def test_what_cannot_be_searched_at_all_is_refused(
    tmp_path: Path, scratch: Path
) -> None:
    bad = tmp_path / "class.zip"
    zipped(bad, "ann/app.py", "../evil.py")
    for path, sentence in (
        (tmp_path / "gone", "There is no file or folder '.*gone': check the path."),
        (bad, "The archive '.*class.zip' was not unpacked. Its entry '../evil.py'"),
    ):
        with pytest.raises(IntakeError, match=sentence):
            search(scratch, KATA).submissions([path])


def test_an_archive_may_hold_a_learner_of_any_name(
    tmp_path: Path, scratch: Path
) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name in ("-rf/app.py", "a\nb/app.py", "Ann/app.py", "ben/app.py"):
            info = tarfile.TarInfo(name)
            archive.addfile(info)
    (tmp_path / "class.tar").write_bytes(file.getvalue())
    intake = search(scratch, KATA).submissions([tmp_path / "class.tar"])
    assert sorted(one.learner for one in intake.found) == ["-rf", "Ann", "a\\nb", "ben"]


@pytest.mark.parametrize(
    "names",
    [
        ["app.py"],
        [f"{KATA}/app.py"],
        ["work/app.py", "work/helpers.py"],
        ["new/app.py", "old/app.py"],
        ["main.py", "__MACOSX/._main.py", ".DS_Store"],
        [],
    ],
)
def test_one_hand_in_is_told_in_the_words_of_a_class(
    tmp_path: Path, scratch: Path, names: list[str]
) -> None:
    (tmp_path / "class/ann").mkdir(parents=True)
    lay(tmp_path / "class/ann", *names)
    of_class = told(search(scratch, KATA).submissions([tmp_path / "class"]))
    alone = one_hand_in(tmp_path / "class/ann", find_kata(KATA))
    assert told(Intake([replace(alone, learner="ann")])) == of_class
