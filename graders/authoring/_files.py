"""The files of a kata: which it must have and may have, and what they still lack."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from graders.authoring._likeness import near_copies
from graders.authoring._mutants import EQUALS
from graders.authoring._problems import Problem, name_of
from graders.proctor import MANIFEST, Kata, mistakes_file, plans_file

# Learners read TODO in their stub; what an author has to write is marked with this.
PLACEHOLDER = "TODO(author)"

FEWEST_ACCEPTED, FEWEST_REJECTED = 3, 5

# Two styles that differ in one keyword (a dependency's scope) are 0.985 alike, and two
# mistakes may differ in one word; so much and more is the same program twice.
ALIKE_ACCEPTED, ALIKE_REJECTED = 0.99, 1.0


def file_problems(kata: Kata, suite: Path) -> Iterator[Problem]:
    """What is wrong with the files of a kata.

    Args:
        suite: the package of its suite.
    """
    parts = sorted(suite.rglob("*.py"))
    needed = list(dict.fromkeys(_needed(kata, suite)))
    corpora = [*_corpus(kata, "accepted"), *_corpus(kata, "rejected")]
    declared = {*needed, *corpora, kata.given, kata.folder / "test_example.py"}
    declared |= {mistakes_file(kata), plans_file(kata)}
    declared.add(kata.reference / EQUALS)
    for path in needed:
        if not path.is_file():
            yield Problem(name_of(path), "It is missing: write it.")
    for folder in (kata.folder, kata.reference):
        for path in _files_below(folder):
            if path not in declared:
                yield Problem(
                    name_of(path), "No kata has such a file: remove it, or rename it."
                )
    for path in dict.fromkeys((*needed, *sorted(declared), *parts)):
        yield from _placeholders(path)
    yield from _corpora(kata)


def _needed(kata: Kata, suite: Path) -> Iterator[Path]:
    yield kata.folder / "README.md"
    yield kata.folder / MANIFEST
    yield kata.folder / "app.py"
    yield kata.stub
    yield kata.reference / "solution.py"
    yield suite / "__init__.py"
    if not kata.turns_the_tables:
        yield kata.folder / "test_example.py"
    if kata.manifest.services or _imports_given(kata.stub):
        yield kata.given


def _imports_given(path: Path) -> bool:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return False
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "given"
        for node in ast.walk(tree)
    )


def _corpus(kata: Kata, kind: str) -> list[Path]:
    return sorted((kata.reference / kind).glob("*.py"))


def _files_below(folder: Path) -> Iterator[Path]:
    """What a person would see there; caches of tools are nobody's business."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.is_dir():
            yield from _files_below(path)
        else:
            yield path


def _placeholders(path: Path) -> Iterator[Problem]:
    for number, line in enumerate(_text(path).splitlines(), 1):
        _, found, rest = line.partition(PLACEHOLDER)
        if found:
            text = rest.strip(" :").rstrip("\"'`,)<>- ") or "finish this"
            yield Problem(name_of(path), f"line {number}, to do: {text}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _corpora(kata: Kata) -> Iterator[Problem]:
    """Enough exhibits, and none of them twice."""
    for kind, fewest, shape in (
        ("accepted", FEWEST_ACCEPTED, "<style>.py"),
        ("rejected", FEWEST_REJECTED, "<category>__<mistake>.py"),
    ):
        count = len(_corpus(kata, kind))
        if count < fewest:
            yield Problem(
                name_of(kata.reference / kind),
                f"It holds {count} submissions, and must hold {fewest}: write {shape}.",
            )
    accepted = [kata.reference / "solution.py", *_corpus(kata, "accepted")]
    yield from _copies(accepted, ALIKE_ACCEPTED, "another style")
    yield from _copies(_corpus(kata, "rejected"), ALIKE_REJECTED, "another mistake")


def _copies(paths: Iterable[Path], least: float, remedy: str) -> Iterator[Problem]:
    readable: list[Path] = []
    for path in paths:
        try:
            ast.parse(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, SyntaxError, ValueError) as exc:
            yield Problem(name_of(path), f"It cannot be read as Python: {exc}")
        else:
            readable.append(path)
    for left, right, alike in near_copies(readable, least):
        yield Problem(
            name_of(right),
            f"It is {left.name} in other words ({alike:.1%} alike, names and comments "
            f"left out): write {remedy}, or remove one of them.",
        )
