"""Copies of a service that no two runs have alike, in all but what they do.

Learners' tests run in one process with the service. Who recognises its text, its names
or its code, as of one seen in an earlier run, tests nothing and might pass all the
same.
"""

from __future__ import annotations

import ast
import builtins
from random import Random

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_WORDS = ("seen", "note", "mark", "own", "step", "kept")
_FAR = 10_000


def varied(source: str, draw: Random) -> str:
    """The same program: no comment, other local names, another order, idle lines.

    What can be reached by name stays: modules' names, classes, methods, parameters.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | _Function):
            _without_docstring(node)
        if isinstance(node, ast.ClassDef):
            _shuffle_methods(node, draw)
    for function in _outermost(tree):
        _rename(function, _names(tree), draw)
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            _pad(node, draw)
    return ast.unparse(ast.fix_missing_locations(tree))


def _without_docstring(node: ast.Module | ast.ClassDef | _Function) -> None:
    if ast.get_docstring(node, clean=False) is not None:
        node.body[:1] = [] if len(node.body) > 1 else [ast.Pass()]


def _shuffle_methods(node: ast.ClassDef, draw: Random) -> None:
    """Another order among plain methods, which nothing depends on."""
    places = [
        place
        for place, one in enumerate(node.body)
        if isinstance(one, _Function) and not one.decorator_list
    ]
    methods = [node.body[place] for place in places]
    draw.shuffle(methods)
    for place, method in zip(places, methods, strict=True):
        node.body[place] = method


def _outermost(tree: ast.Module) -> list[_Function]:
    """The functions of the module and the methods of its classes."""
    classes = [one for one in tree.body if isinstance(one, ast.ClassDef)]
    bodies = [tree.body, *(one.body for one in classes)]
    return [one for body in bodies for one in body if isinstance(one, _Function)]


def _names(tree: ast.Module) -> set[str]:
    """What stands for something outside of any function."""
    named = {one.name for one in tree.body if isinstance(one, _Function | ast.ClassDef)}
    for one in tree.body:
        if isinstance(one, ast.Import | ast.ImportFrom):
            named |= {(alias.asname or alias.name) for alias in one.names}
        elif not isinstance(one, _Function | ast.ClassDef):
            named |= {each.id for each in ast.walk(one) if isinstance(each, ast.Name)}
    return named | set(dir(builtins))


def _rename(function: _Function, taken: set[str], draw: Random) -> None:
    """Other names for what a function, or one within it, assigns."""
    kept = set(taken)
    local: dict[str, str] = {}
    for node in ast.walk(function):
        match node:
            case ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                kept.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                kept.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                kept.update(names)
            case ast.Name(id=name, ctx=ast.Store()):
                local[name] = name
    numbers = draw.sample(range(_FAR), len(local))
    for name, number in zip(local, numbers, strict=True):
        local[name] = f"{draw.choice(_WORDS)}_{number}"
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id not in kept:
            node.id = local.get(node.id, node.id)


def _pad(function: _Function, draw: Random) -> None:
    """Lines that do nothing, before a statement or two."""
    for _ in range(draw.randint(1, 3)):
        name = f"{draw.choice(_WORDS)}_{draw.randrange(_FAR, 2 * _FAR)}"
        idle = ast.parse(f"{name} = {draw.randrange(_FAR)}").body
        place = draw.randrange(len(function.body))
        function.body[place:place] = idle
