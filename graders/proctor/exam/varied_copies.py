"""Copies of a service that no two runs have alike, in all but what they do.

Learners' tests run in one process with the service. Who recognises its text, its names
or its code, as of one seen in an earlier run, tests nothing and might pass all the
same.
"""

from __future__ import annotations

import ast
import builtins
from random import Random

Function = ast.FunctionDef | ast.AsyncFunctionDef
# What made-up names consist of: a word and a number.
WORDS = ("seen", "note", "mark", "own", "step", "kept")
FAR = 10_000


def varied(tree: ast.Module, draw: Random) -> str:
    """The same program: no comment, other local names, another order, idle lines.

    What can be reached by name stays: modules' names, classes, methods, parameters.

    Args:
        tree: the program, which is changed.
    """
    taken = names_of(without_docstrings(tree))
    for function in _outermost(tree):
        rename(function, taken, draw)
    for node in [*ast.walk(tree)]:
        if isinstance(node, ast.ClassDef):
            _shuffle_methods(node, draw)
        elif isinstance(node, Function | ast.If):
            _pad(node, draw)
    return ast.unparse(tree)


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The same tree, which is changed."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | Function):
            continue
        if ast.get_docstring(node, clean=False) is not None:
            node.body[:1] = [] if len(node.body) > 1 else [ast.Pass()]
    return tree


def _shuffle_methods(node: ast.ClassDef, draw: Random) -> None:
    """Another order among plain methods, which nothing depends on."""
    places = [
        place
        for place, one in enumerate(node.body)
        if isinstance(one, Function) and not one.decorator_list
    ]
    methods = [node.body[place] for place in places]
    draw.shuffle(methods)
    for place, method in zip(places, methods, strict=True):
        node.body[place] = method


def _outermost(tree: ast.Module) -> list[Function]:
    """The functions of the module and the methods of its classes."""
    classes = [one for one in tree.body if isinstance(one, ast.ClassDef)]
    bodies = [tree.body, *(one.body for one in classes)]
    return [one for body in bodies for one in body if isinstance(one, Function)]


def names_of(tree: ast.Module) -> set[str]:
    """Names that stand for something outside of any function."""
    named = {one.name for one in tree.body if isinstance(one, Function | ast.ClassDef)}
    for one in tree.body:
        if isinstance(one, ast.Import | ast.ImportFrom):
            named |= {(alias.asname or alias.name) for alias in one.names}
        elif not isinstance(one, Function | ast.ClassDef):
            named |= {each.id for each in ast.walk(one) if isinstance(each, ast.Name)}
    return named | set(dir(builtins))


def rename(function: Function, taken: set[str], draw: Random) -> None:
    """Other names for what a function, or one within it, assigns."""
    kept = set(taken)
    local: dict[str, str] = {}
    nodes = [*ast.walk(function)]
    for node in nodes:
        match node:
            case ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                kept.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                kept.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                kept.update(names)
            case ast.Name(id=name, ctx=ast.Store()):
                local[name] = name
    numbers = draw.sample(range(FAR), len(local))
    for name, number in zip(local, numbers, strict=True):
        local[name] = f"{draw.choice(WORDS)}_{number}"
    for node in nodes:
        if isinstance(node, ast.Name) and node.id not in kept:
            node.id = local.get(node.id, node.id)


def _pad(block: Function | ast.If, draw: Random) -> None:
    """Lines that do nothing, before a statement or two."""
    for _ in range(draw.randint(1, 3)):
        name = f"{draw.choice(WORDS)}_{draw.randrange(FAR, 2 * FAR)}"
        value = ast.Constant(draw.randrange(FAR))
        # No line number: it will be another one in the text.
        idle = ast.Assign([ast.Name(name, ast.Store())], value, lineno=0)
        block.body.insert(draw.randrange(len(block.body)), idle)
