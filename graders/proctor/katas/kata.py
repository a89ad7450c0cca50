"""Katas and their manifests."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from graders.proctor.katas.toml import read_toml, shortened
from graders.proctor.verdict.findings import CATEGORIES
from graders.wire.words import DATABASE, TESTS

_PACKAGE = Path(__file__).resolve().parents[2]
# A wheel holds them inside the package, where they clash with nobody's.
_SHIPPED = _PACKAGE / "shipped"
ROOT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent
KATAS = ROOT / "katas"
REFERENCE = ROOT / "reference"

MANIFEST = "kata.toml"
_SLUG = re.compile(r"[a-z][a-z0-9_]*")
_FILE = re.compile(r"[a-z][a-z0-9_]*\.py")


class KataError(Exception):
    """A kata that cannot be used; the text names the value and the remedy."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `kata.toml` holds.

    Attributes:
        title: a few words.
        order: the place among the katas, from 1.
        level: "first steps", "core" or "advanced".
        minutes: how long a working Python developer needs.
        teaches: the idea, in one sentence.
        points: points of each category that is graded.
        hints: three, that ask before they tell.
        services: functions of `given.py` that the exam answers: "async" or "blocking".
        database: whether the kata has one.
        file: what the learner writes; for a `test_*.py` the tables are turned: the
            learner's tests are graded, on right and on broken copies of `app.py`.
    """

    title: str
    order: int
    level: str
    minutes: int
    teaches: str
    points: dict[str, int]
    hints: list[str]
    services: dict[str, str] = {}
    database: bool = False
    file: str = "app.py"


class Kata(msgspec.Struct, frozen=True):
    """One exercise: its folder and its manifest."""

    slug: str
    folder: Path
    manifest: Manifest

    @property
    def stub(self) -> Path:
        return self.folder / self.manifest.file

    @property
    def turns_the_tables(self) -> bool:
        """Whether the learner writes tests."""
        return self.manifest.file.startswith("test_")

    @property
    def needs(self) -> tuple[str, ...]:
        """What its hosts must have imported besides the usual: DATABASE, TESTS."""
        wanted = (
            (DATABASE, self.manifest.database),
            (TESTS, self.turns_the_tables),
        )
        return tuple(name for name, there in wanted if there)

    @property
    def given(self) -> Path:
        return self.folder / "given.py"

    def service(self, copy: str = "") -> Path:
        """Where learners write tests: the service, or a copy of it that they run on."""
        if not copy:
            return self.folder / "app.py"
        return self._copies / f"{copy}.py"

    def services(self) -> dict[str, str]:
        """The texts of the service, whose name is empty, and of all its copies.

        Raises:
            OSError: one of them cannot be read.
        """
        names = "", *sorted(path.stem for path in self._copies.glob("*.py"))
        return {name: self.service(name).read_text(encoding="utf-8") for name in names}

    @property
    def _copies(self) -> Path:
        return _PACKAGE / "suites" / self.slug / "copies"

    @property
    def reference(self) -> Path:
        """Where its solution and its proofs are: beside the folder of the katas."""
        return self.folder.parents[1] / REFERENCE.name / self.slug

    @property
    def solution(self) -> Path:
        return self.reference / "solution.py"

    @property
    def suite(self) -> str:
        """The name of the package that grades it."""
        return f"graders.suites.{self.slug}"


def load_kata(folder: Path) -> Kata:
    """Read the kata in a folder.

    Raises:
        KataError: the folder holds no kata, or its manifest is wrong.
    """
    path = folder / MANIFEST
    try:
        manifest = read_toml(path, Manifest)
        _check(manifest, folder.name)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise KataError(
            f"{folder.name!r} is no kata: it has no {MANIFEST}. "
            "'kata list' shows the katas there are."
        ) from exc
    except ValueError as exc:
        raise KataError(
            f"{folder.name}/{MANIFEST}: {shortened(str(exc))}. Correct the manifest; "
            f"the keys are {', '.join(Manifest.__struct_fields__)}."
        ) from exc
    return Kata(folder.name, folder, manifest)


def _check(manifest: Manifest, slug: str) -> None:
    if not _SLUG.fullmatch(slug):
        raise ValueError(f"the folder name {slug!r} is not an importable name")
    if not _FILE.fullmatch(manifest.file):
        raise ValueError(f"the file {manifest.file!r} is no name of a Python module")
    unknown = set(manifest.points) - set(CATEGORIES)
    if unknown:
        raise ValueError(
            f"points for {', '.join(sorted(unknown))}: the categories are "
            f"{', '.join(CATEGORIES)}"
        )
    wrong = set(manifest.services.values()) - {"async", "blocking"}
    if wrong:
        raise ValueError(
            f"a service is {', '.join(sorted(wrong))}: it must be async or blocking"
        )


def find_kata(slug: str) -> Kata:
    """The kata of that name.

    Raises:
        KataError: there is none.
    """
    folder = KATAS / slug
    if not _SLUG.fullmatch(slug) or not folder.is_dir():
        import difflib

        known = [folder.name for folder in KATAS.iterdir() if folder.is_dir()]
        close = difflib.get_close_matches(slug, known, n=1)
        remedy = f"Did you mean {close[0]!r}?" if close else "See 'kata list'."
        raise KataError(f"There is no kata {slug!r}. {remedy}")
    return load_kata(folder)


def all_katas() -> list[Kata]:
    """Every kata, in the order in which they are meant to be done."""
    folders = [path.parent for path in KATAS.glob(f"*/{MANIFEST}")]
    return sorted(map(load_kata, folders), key=lambda kata: kata.manifest.order)
