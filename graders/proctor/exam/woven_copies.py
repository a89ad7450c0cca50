"""One program that holds every copy of a service, and does what one of them does.

A broken copy differs from the service in one place, and a test that looks for that
place in the code, by names, constants or a checksum, looks at no behaviour. So every
copy is made of the same code: where copies differ, each version stands there, and a
number drawn for this run says which of them is carried out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from copy import copy, deepcopy
from functools import lru_cache
from random import Random
from typing import NamedTuple

from graders.proctor.exam.varied_copies import (
    FAR,
    WORDS,
    Function,
    names_of,
    rename,
    without_docstrings,
)

_Definition = Function | ast.ClassDef


class UnlikeError(Exception):
    """Copies differ where versions cannot stand side by side."""


class _Fabric(NamedTuple):
    """`text`: all copies in one, with a `match` wherever one version is carried out.

    `picks`: for each copy, the number of its version in each of these.
    """

    text: str
    picks: dict[str, list[int]]


def woven(texts: Mapping[str, str], name: str, draw: Random) -> ast.Module:
    """The program that does what one of the copies does.

    A copy whose module defines other names than that of the first is written
    differently altogether: it stands alone.

    Args:
        texts: the copies' names and texts; the service itself is the first.
        name: the copy that is carried out.

    Raises:
        UnlikeError: copies of one module differ in more than what functions do.
    """
    fabric = _fabric(tuple(texts.items()))
    if name not in fabric.picks:
        return ast.parse(texts[name])
    tree = ast.parse(fabric.text)
    chooser = _Chooser(fabric.picks[name], draw)
    chooser.visit(tree)
    # Behind `from __future__`, which comes first, and before anything is called.
    place = draw.randint(1, max(1, _imports(tree)))
    tree.body[place:place] = ast.parse("\n".join(chooser.numbers)).body
    return tree


class _Chooser(ast.NodeTransformer):
    """Puts conditions on drawn numbers where versions are chosen from.

    Args:
        picks: the versions to carry out, in the order of the text.

    Attributes:
        numbers: assignments of the numbers.
    """

    def __init__(self, picks: Iterable[int], draw: Random) -> None:
        self._picks = iter(picks)
        self._draw = draw
        self.numbers: list[str] = []

    def visit_Match(self, node: ast.Match) -> ast.stmt:
        draw = self._draw
        # Beyond the numbers of names that are made up for what functions assign.
        at = 2 * FAR + len(self.numbers) * FAR + draw.randrange(FAR)
        name, number = f"{draw.choice(WORDS)}_{at}", draw.randrange(FAR)
        self.numbers.append(f"{name} = {number}")
        factor, modulus = draw.randrange(3, FAR), draw.randrange(FAR // 10, FAR)
        rest = number * factor % modulus
        bodies = [case.body for case in node.cases]
        rests = [
            (rest + one) % modulus
            for one in draw.sample(range(1, modulus), len(bodies))
        ]
        rests[next(self._picks)] = rest
        last, *order = draw.sample(range(len(bodies)), len(bodies))
        chain = bodies[last]
        for one in order:
            asked = f"if {name} * {factor} % {modulus} == {rests[one]}: pass"
            (choice,) = ast.parse(asked).body
            assert isinstance(choice, ast.If)
            choice.body, choice.orelse = bodies[one], chain
            chain = [choice]
        return chain[0]


# Every check of a kata needs the same one.
@lru_cache(maxsize=4)
def _fabric(texts: tuple[tuple[str, str], ...]) -> _Fabric:
    trees = {name: without_docstrings(ast.parse(text)) for name, text in texts}
    outlines = {name: _outline(tree.body) for name, tree in trees.items()}
    first = next(iter(trees))
    alike = [name for name in trees if outlines[name] == outlines[first]]
    weaver = _Weaver(names_of(trees[first]))
    body = weaver.body({name: trees[name].body for name in alike})
    text = ast.unparse(ast.Module(body, []))
    picks = {name: [pick.get(name, 0) for pick in weaver.picks] for name in alike}
    return _Fabric(text, picks)


class _Weaver:
    """Bodies and definitions come by the names of the copies that they belong to.

    Args:
        taken: names that stand for something outside of any function.

    Attributes:
        picks: for each choice in the text, the number of each copy's version.
    """

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._draw = Random(0)
        self.picks: list[dict[str, int]] = []

    def body(self, bodies: Mapping[str, list[ast.stmt]]) -> list[ast.stmt]:
        """Bodies that differ in nothing but what is defined in them.

        What a copy does not define, nothing in it asks for.
        """
        plain = [[ast.dump(one) for one in _plain(body)] for body in bodies.values()]
        if any(one != plain[0] for one in plain):
            raise UnlikeError("statements differ that belong to no function")
        defined: dict[str, dict[str, _Definition]] = {}
        for name, body in bodies.items():
            for one in _definitions(body):
                defined.setdefault(one.name, {})[name] = one
        made: list[ast.stmt] = []
        for each in next(iter(bodies.values())):
            versions = isinstance(each, _Definition) and defined.pop(each.name)
            made.append(self._definition(versions) if versions else each)
        return made + [self._definition(versions) for versions in defined.values()]

    def _definition(self, versions: Mapping[str, _Definition]) -> _Definition:
        """One definition that holds all versions of it."""
        texts = {name: ast.dump(one) for name, one in versions.items()}
        distinct = {texts[name]: one for name, one in versions.items()}
        made, *others = (copy(one) for one in distinct.values())
        if not others:
            return made
        if any(_header(one) != _header(made) for one in others):
            raise UnlikeError(f"{made.name} is not called in the same way")
        if isinstance(made, ast.ClassDef) or _differ_within(made, others):
            made.body = self.body({name: one.body for name, one in versions.items()})
            return made
        numbers = {text: number for number, text in enumerate(distinct)}
        self.picks.append({name: numbers[text] for name, text in texts.items()})
        cases = [
            ast.match_case(ast.MatchValue(ast.Constant(number)), None, body)
            for number, body in enumerate(map(self._renamed, distinct.values()))
        ]
        made.body = [ast.Match(ast.Constant(len(self.picks)), cases)]
        return made

    def _renamed(self, one: _Definition) -> list[ast.stmt]:
        """The body with names of its own: what it assigns is global in another one."""
        version = deepcopy(one)
        assert isinstance(version, Function)
        rename(version, self._taken, self._draw)
        for node in ast.walk(version):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) if name in self._taken:
                    raise UnlikeError(f"{one.name} assigns {name}, which is a global")
        return version.body


def _outline(body: Iterable[ast.stmt]) -> list[str]:
    """What a body defines, and its other statements."""
    return [one.name if isinstance(one, _Definition) else ast.dump(one) for one in body]


def _definitions(body: Iterable[ast.stmt]) -> Iterator[_Definition]:
    return (one for one in body if isinstance(one, _Definition))


def _plain(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    return (one for one in body if not isinstance(one, _Definition))


def _differ_within(one: _Definition, others: Iterable[_Definition]) -> bool:
    """Whether functions differ in nothing but in functions within them."""
    outline = _outline(one.body)
    return any(_definitions(one.body)) and all(
        _outline(other.body) == outline for other in others
    )


def _header(one: _Definition) -> str:
    """All of a definition but its body."""
    bare = copy(one)
    bare.body = []
    return ast.dump(bare)


def _imports(tree: ast.Module) -> int:
    """How many imports a module begins with."""
    kinds = ast.Import | ast.ImportFrom
    return next(at for at, one in enumerate(tree.body) if not isinstance(one, kinds))
