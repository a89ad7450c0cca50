"""Which libraries a pack needs, in the releases that Async Katas itself asks for."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires

from packaging.requirements import Requirement

from graders.packs._archive import PackError

_PROJECT = "async-katas"

# What solutions and example tests may import, and the server to try them with.
_LEARNERS = (
    "aiofiles",
    "aiosqlite",
    "anyio",
    "asgi-lifespan",
    "fastapi",
    "fastapi-cli",
    "greenlet",
    "httpx",
    "httpx2",
    "pytest",
    "pytest-asyncio",
    "sqlalchemy",
    "uvicorn",
)


def learners_requirements() -> str:
    """A requirements file for who solves a kata: public libraries only.

    Raises:
        PackError: this installation does not say what it needs.
    """
    return _file(one for one in _declared() if one.name in _LEARNERS)


def graders_requirements() -> str:
    """A requirements file for a machine that grades.

    Raises:
        PackError: this installation does not say what it needs.
    """
    return _file(_declared())


def _declared() -> list[Requirement]:
    try:
        lines = requires(_PROJECT) or []
    except PackageNotFoundError as exc:
        raise PackError(
            f"{_PROJECT} is not installed here, only unpacked: install it with pip to "
            "make packs."
        ) from exc
    declared = map(Requirement, lines)
    # Without those of an extra: they are for work on Async Katas itself.
    return [one for one in declared if "extra" not in str(one.marker)]


def _file(wanted: Iterable[Requirement]) -> str:
    return "".join(f"{line}\n" for line in sorted(map(str, wanted)))
