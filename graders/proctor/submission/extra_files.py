"""What was handed in besides the file that is graded, and what that file looks like.

Nothing of it is used. It is told, so that nobody wonders why it had no effect.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from graders.proctor.verdict.printable import printable
from graders.wire import HTTP_MODULES

_MOST_NOTES = 12
_MOST_FILES = 1000

# Read by pytest or by Python itself, if anybody let them.
_SETTINGS = {
    "conftest.py",
    "pytest.ini",
    ".pytest.ini",
    "tox.ini",
    "setup.cfg",
    "setup.py",
    "pyproject.toml",
    "sitecustomize.py",
    "usercustomize.py",
}
_COMPILED = (".pyc", ".pyo", ".pyd", ".so", ".dylib", ".dll")
# What submissions are written with, and what grades them.
_LIBRARIES = {
    "aiofiles",
    "aiosqlite",
    "anyio",
    "asgi_lifespan",
    "fastapi",
    "graders",
    "greenlet",
    "h11",
    *HTTP_MODULES,
    "msgspec",
    "pydantic",
    "pydantic_core",
    "pytest",
    "pytest_asyncio",
    "rich",
    "sqlalchemy",
    "starlette",
    "typer",
    "typing_extensions",
    "uvicorn",
}
_FROM_GIVEN = re.compile(
    r"^from[ \t]+given[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)", re.MULTILINE
)
_IMPORTS = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b([^\n#;]*)|import\b([^\n#;]*))",
    re.MULTILINE,
)
_OF_A_STARTER = {"README.md", "given.py", "kata.toml"}


def besides(folder: Path, file: str, starter: Path) -> list[str]:
    """Sentences on what else lies in a folder that was handed in.

    Args:
        file: the one that is graded.
        starter: the kata's own folder.
    """
    if _same(folder, starter):
        return []
    found = [
        sentence
        for name in _names(folder)
        if name != file
        for sentence in _about(folder / name, file, starter)
    ]
    if len(found) > _MOST_NOTES:
        more = len(found) - _MOST_NOTES
        found[_MOST_NOTES:] = [f"{more} files more are not used for grading."]
    return found


def imported_besides(source: str, path: Path) -> list[str]:
    """Names of files and packages beside a submission that it imports.

    Args:
        source: the text, read from `path`.
    """
    names = _names(path.parent)
    modules = {name.removesuffix(".py"): name for name in names if name.endswith(".py")}
    modules |= {
        name: f"{name}/"
        for name in names
        if name.isidentifier() and (path.parent / name / "__init__.py").is_file()
    }
    for known in (path.stem, "given", *_LIBRARIES, *sys.stdlib_module_names):
        modules.pop(known, None)
    imported = set(_imported(source))
    return [printable(name) for module, name in modules.items() if module in imported]


def _imported(source: str) -> Iterator[str]:
    # Not parsed: what a stranger wrote can break the parser itself.
    for package, names, modules in _IMPORTS.findall(source):
        module = package.lstrip(".").partition(".")[0]
        for name in [module] if module else f"{names}{modules}".split(","):
            yield re.split(r"[\s.]", name.strip(" \t()"))[0]


def likeness(source: str, path: Path, file: str, starter: Path) -> list[str]:
    """Sentences on what a text looks like: the starter, or another kata's solution.

    Args:
        source: the text that is graded, read from `path`.
        file: what the kata calls it.
        starter: the kata's own folder.
    """
    stub = starter / file
    if _same(path, stub):
        return []
    lines = _stripped(source)
    if lines == _lines_of(stub):
        return ["This is the unchanged starter."]
    for folder in _others(starter):
        if lines and lines == _lines_of(folder / file):
            return [f"This is the unchanged starter of another kata, {folder.name}."]
    return _given_of_another(source, starter)


def _given_of_another(source: str, starter: Path) -> list[str]:
    wanted = _imported_from_given(source)
    missing = wanted - _names_of(starter / "given.py")
    if not missing:
        return []
    for folder in _others(starter):
        if wanted <= _names_of(folder / "given.py"):
            names = ", ".join(sorted(missing))
            return [
                f"This looks like a solution to another kata, {folder.name}: it "
                f"imports {names} from given, which is not there in this one."
            ]
    return []


def _about(path: Path, file: str, starter: Path) -> Iterator[str]:
    name = printable(path.name)
    module, dot, suffix = path.name.partition(".")
    importable = dot + suffix == ".py" or (not dot and (path / "__init__.py").exists())
    if path.name in _SETTINGS or path.suffix == ".pth":
        yield f"{name} is not used for grading."
    elif path.name == "__pycache__" or path.suffix in _COMPILED:
        yield f"{name} is not used: only {file} is graded."
    elif path.name in _OF_A_STARTER or (starter / path.name).is_file():
        if path.suffix == ".py" and not _is_unchanged(path, starter / path.name):
            yield f"{name} differs from the original: the original is used."
    elif importable and module in _LIBRARIES:
        yield f"{name} has the name of a library: rename it. It is not used."
    elif importable and module in sys.stdlib_module_names:
        yield f"{name} has the name of a Python module: rename it. It is not used."
    elif importable and not path.name.startswith("test_"):
        yield f"{name} is not used: only {file} is graded."


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, _MOST_FILES)]
    except OSError:
        return []
    return sorted(names)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _is_unchanged(path: Path, original: Path) -> bool:
    return original.is_file() and _stripped(_text(path)) == _lines_of(original)


def _text(path: Path) -> str:
    # Neither a link nor a pipe nor a giant: what is none of these is not the original.
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 2**20:
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _stripped(text: str) -> list[str]:
    """Lines without what editors change on their own."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _imported_from_given(source: str) -> set[str]:
    # Not parsed: what a stranger wrote can break the parser itself.
    return {
        name.partition(" as ")[0].strip()
        for names in _FROM_GIVEN.findall(source)
        for name in re.sub(r"#[^\n]*", "", names).strip("()").split(",")
    } - {"", "*"}


def _others(starter: Path) -> list[Path]:
    """The folders of other katas, listed again when one has come or gone."""
    folders = _folders_as_of(starter.parent, _stamp(starter.parent))
    return [folder for folder in folders if folder != starter]


def _lines_of(original: Path) -> list[str]:
    """What stands in a kata's own file: read once, and when it has changed."""
    return _lines_as_of(original, _stamp(original))


def _names_of(given: Path) -> set[str]:
    """What a kata gives: read once, and when it has changed."""
    return _names_as_of(given, _stamp(given))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=4)
def _folders_as_of(parent: Path, _stamp: tuple[int, int]) -> list[Path]:
    return sorted(parent.iterdir())


@lru_cache(maxsize=256)
def _lines_as_of(path: Path, _stamp: tuple[int, int]) -> list[str]:
    return _stripped(_text(path))


@lru_cache(maxsize=256)
def _names_as_of(path: Path, _stamp: tuple[int, int]) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(_text(path)).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign():
                names |= {one.id for one in node.targets if isinstance(one, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.Import() | ast.ImportFrom():
                names |= {alias.asname or alias.name for alias in node.names}
    return names
