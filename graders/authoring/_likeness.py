"""Near-copies: two exhibits that are the same program in other words."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

# Nodes that say nothing of their own.
_SILENT = (ast.Load, ast.Store, ast.Del, ast.Expr, ast.Module)


def shape(source: str) -> tuple[str, ...]:
    """A program as words, in which only what it does counts.

    Comments, docstrings, annotations, imports, the texts of errors and the names that
    the program chooses itself are left out; what it calls stays.

    Raises:
        SyntaxError: it is no program.
    """
    tree = ast.parse(source)
    chosen = dict.fromkeys(_chosen(tree), "")
    return tuple(_words(tree, chosen))


def likeness(left: Sequence[str], right: Sequence[str]) -> float:
    """How much of two programs is the same, from 0 to 1."""
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return matcher.ratio()


def near_copies(
    paths: Iterable[Path], least: float
) -> Iterator[tuple[Path, Path, float]]:
    """Pairs of programs that are so much alike, and how much.

    Args:
        least: the likeness from which they are one program; 1 for the same words.
    """
    shapes = [(path, shape(path.read_text(encoding="utf-8"))) for path in paths]
    for (left, one), (right, other) in combinations(shapes, 2):
        # Comparing word by word takes milliseconds, and a corpus has many pairs.
        alike = 1.0 if one == other else 0.0 if least == 1 else likeness(one, other)
        if alike >= least:
            yield left, right, alike


def _chosen(tree: ast.AST) -> Iterator[str]:
    """The names that the program binds itself, in any scope."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.ExceptHandler(name=str(name)):
                yield name


def _words(node: ast.AST, chosen: dict[str, str]) -> Iterator[str]:
    """What a node says, and then what its parts say."""
    if isinstance(node, ast.Raise):
        node = _Speechless().visit(node)
    if isinstance(node, ast.Import | ast.ImportFrom):
        return
    if not isinstance(node, _SILENT):
        yield type(node).__name__
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "type_params", "type_comment"):
            continue
        parts = value if isinstance(value, list) else [value]
        if field == "body" and parts and _is_docstring(parts[0]):
            parts = parts[1:]
        for part in parts:
            if isinstance(part, ast.AST):
                yield from _words(part, chosen)
            elif part is not None:
                yield chosen.get(part, str(part)) if field != "attr" else str(part)


class _Speechless(ast.NodeTransformer):
    """Takes the text out of an error."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.Constant:
        return ast.Constant("")


def _is_docstring(node: object) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
