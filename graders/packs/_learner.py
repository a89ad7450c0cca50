"""What a learner or a candidate gets: everything but what grades."""

from __future__ import annotations

from collections.abc import Iterable

from graders.packs._archive import PackError
from graders.packs._brief import brief_alone
from graders.packs._requirements import learners_requirements
from graders.practice import kept_stub
from graders.proctor import Kata

# A folder of its own: the settings of a project that lies around it do not reach it.
_PYTEST_INI = """\
[pytest]
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
"""

# The manifest is not among them: it holds the hints, which are for practice.
_TAKEN = ("app.py", "given.py", "test_example.py")


def learners_files(katas: Iterable[Kata]) -> dict[str, str | bytes]:
    """A folder for each kata, which works alone with pip and pytest.

    Returns:
        Content by name.

    Raises:
        PackError: a kata has no brief or no stub.
    """
    requirements = learners_requirements()
    files: dict[str, str | bytes] = {}
    for kata in katas:
        files |= {
            f"{kata.slug}/{name}": content
            for name, content in _files(kata, requirements).items()
        }
    return files


def _files(kata: Kata, requirements: str) -> dict[str, str | bytes]:
    files: dict[str, str | bytes] = {
        "README.md": brief_alone(_read(kata, "README.md").decode(), kata.slug),
        kata.manifest.file: stub_of(kata),
        "pytest.ini": _PYTEST_INI,
        "requirements.txt": requirements,
    }
    for name in _TAKEN:
        if name not in files and (kata.folder / name).exists():
            files[name] = _read(kata, name)
    return files


def stub_of(kata: Kata) -> bytes:
    """The stub, even where somebody has solved the kata in its own folder.

    Raises:
        PackError: there is none.
    """
    kept = kept_stub(kata.slug)
    if kept.is_file():
        return kept.read_bytes()
    return _read(kata, kata.manifest.file)


def _read(kata: Kata, name: str) -> bytes:
    try:
        return (kata.folder / name).read_bytes()
    except OSError as exc:
        raise PackError(
            f"The kata {kata.slug!r} has no readable {name}: see 'kata verify "
            f"{kata.slug}'."
        ) from exc
