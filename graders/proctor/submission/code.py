"""Where something stands in a submission's text.

A check that has failed knows what went wrong, and often which of the learner's lines
did it. Where nothing of that can be seen at run time (which line keeps a number, which
`except` caught an error), the text is asked; never whether something is right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any

from graders.proctor.submission.parsing import parsed
from graders.wire import Site, Statements

_LOOPS = (
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_FUNCTIONS = (*_DEFINITIONS, ast.Lambda)
_EVERYTHING = "BaseException"
_CONTAINERS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
# Methods by which containers and context variables change.
_CHANGES = ("add", "append", "appendleft", "extend", "insert", "setdefault", "update")
_MAKERS = ("list", "dict", "set", "defaultdict", "deque", "Counter")


class Code:
    """The submission's text as a tree; one that cannot be parsed holds nothing.

    All lists of lines are in the order of the text.

    Args:
        source: the text.
        file: its name, as feedback shows it.
    """

    def __init__(self, source: str, file: str) -> None:
        self._source = source
        self._file = file

    @cached_property
    def _tree(self) -> ast.Module:
        return parsed(self._source) or ast.Module([], [])

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the tree, the outer ones first."""
        return list(ast.walk(self._tree))

    def _sites(self, lines: Iterable[int]) -> list[Site]:
        return [Site(self._file, line) for line in sorted(set(lines))]

    # --- what stands where ------------------------------------------------------------

    @cached_property
    def statements(self) -> Statements:
        """What a host has to know of the text."""
        return Statements(
            self._lines_of(ast.Return),
            self._lines_of(ast.Raise),
            {
                node.decorator_list[0].lineno: node.lineno
                for node in self.nodes
                if isinstance(node, _DEFINITIONS) and node.decorator_list
            },
        )

    def _lines_of(self, kind: type[ast.AST]) -> dict[int, int]:
        return {
            line: first
            for node in self.nodes
            if isinstance(node, kind)
            for first, last in [_extent(node)]
            for line in range(first, last + 1)
        }

    def calls(self, *names: str, used: bool = False) -> list[Site]:
        """Where functions or methods of these names are called.

        Args:
            used: not where the result is kept under a name that nobody reads.
        """
        return self._sites(
            node.func.end_lineno or node.lineno
            for node in self.nodes
            if isinstance(node, ast.Call) and _last_name(node.func) in names
            if not (used and node in self._idle)
        )

    def gives(self, *names: str) -> list[Site]:
        """Where something of these names gets a value.

        A variable, an attribute, a field, a key of a dictionary or an argument by name;
        not within what is kept under a name that nobody reads.
        """
        return self._sites(
            line
            for node in self.nodes
            if node not in self._idle
            for name, line in _given(node)
            if name in names
        )

    @cached_property
    def _idle(self) -> set[ast.AST]:
        """All that belongs to values of variables that are never read."""
        read = {
            node.id
            for node in self.nodes
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)
        }
        read |= {str(one.value) for one in self.nodes if isinstance(one, ast.Constant)}
        # What a class holds is read by its name in another object.
        held = {
            line
            for node in self.nodes
            if isinstance(node, ast.ClassDef)
            for line in node.body
        }
        return {
            inner
            for node in self.nodes
            if isinstance(node, ast.Assign) and node not in held
            if all(
                isinstance(target, ast.Name) and target.id not in read
                for target in node.targets
            )
            for inner in ast.walk(node)
        }

    def sets(self, *names: str) -> list[Site]:
        """Where something of these names is assigned to; part of what `gives` finds."""
        return self._sites(
            line
            for node in self.nodes
            if not isinstance(node, ast.Dict | ast.keyword)
            for name, line in _given(node)
            if name in names
        )

    def mentions(self, *names: str) -> list[Site]:
        """Where variables or attributes of these names are read."""
        return self._sites(
            node.end_lineno or node.lineno
            for node in self.nodes
            if isinstance(node, ast.Name | ast.Attribute)
            and isinstance(node.ctx, ast.Load)
            and _last_name(node) in names
        )

    def texts(self, text: str) -> list[Site]:
        """Where this very text stands as a literal."""
        return self._sites(
            node.lineno
            for node in self.nodes
            if isinstance(node, ast.Constant) and node.value == text
        )

    def truth_tests(self) -> list[Site]:
        """Where a variable or attribute is asked for no more than its truth."""
        tests = [
            test
            for node in self.nodes
            if isinstance(node, ast.If | ast.IfExp | ast.While | ast.comprehension)
            for test in (
                node.ifs if isinstance(node, ast.comprehension) else [node.test]
            )
        ]
        return self._sites(
            test.lineno for test in tests if isinstance(test, ast.Name | ast.Attribute)
        )

    def shared(self) -> list[Site]:
        """Where the module makes what all requests share, and may write to.

        Containers, and objects of own classes that remember things.
        """
        remembering = {
            node.name
            for node in self.nodes
            if isinstance(node, ast.ClassDef) and _remembers(node)
        }
        return self._sites(
            node.lineno
            for node in self._tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            if _makes_a_container(node.value) or _called(node.value) in remembering
        )

    def writes_shared(self) -> list[Site]:
        """Where a function writes to what the module, the application or a class holds.

        A `global`, an attribute or an item of something that is no local variable, and
        methods by which containers change.
        """
        return self._sites(
            line
            for node in self.nodes
            if isinstance(node, _DEFINITIONS)
            for line in _writes_outside(node)
        )

    def handlers(self, *caught: str, raising: bool = False) -> list[Site]:
        """Clauses that catch exceptions of these names; of all names if none is given.

        Args:
            caught: a bare `except` catches "BaseException"; `suppress()` counts too.
            raising: also those that raise something in the end.
        """
        return self._sites(
            _extent(node)[0]
            for node in self.nodes
            for names in [_caught(node)]
            if names and (not caught or names & set(caught))
            if raising or not _raises(node)
        )

    # --- around a line ----------------------------------------------------------------

    def loop(self, site: Site) -> Site | None:
        """The innermost loop or comprehension around a line."""
        return self._around(site, _LOOPS)

    def handler(self, site: Site) -> Site | None:
        """The innermost `except` clause around a line."""
        return self._around(site, (ast.ExceptHandler,))

    def clauses(self, site: Site) -> list[Site]:
        """The `except` clauses that an error of this line comes to first, if any.

        Those of the innermost `try` around the line, or else around a call of the
        function in which it stands.
        """
        function = self._innermost(_DEFINITIONS, site.line)
        calls = [
            _extent(node)[0]
            for node in self.nodes
            if function is not None and _called(node) == function.name
        ]
        for line in (site.line, *calls):
            tried = self._innermost((ast.Try, ast.TryStar), line)
            if tried is not None:
                return self._sites(_extent(clause)[0] for clause in tried.handlers)
        return []

    def guards(self, site: Site) -> list[Site]:
        """The clauses that an error of this line comes to in own context managers.

        Those around the `yield` of the functions that a `with` around the line calls.
        """
        managers = {
            _called(item.context_expr)
            for node in self.nodes
            if isinstance(node, ast.With | ast.AsyncWith)
            and node.body[0].lineno <= site.line <= _extent(node)[1]
            for item in node.items
        }
        yields = [
            inner
            for node in self.nodes
            if isinstance(node, _DEFINITIONS) and node.name in managers
            for inner in ast.walk(node)
            if isinstance(inner, ast.Yield)
        ]
        found = [self.clauses(Site(self._file, one.lineno)) for one in yields]
        return [clause for clauses in found for clause in clauses]

    def condition(self, site: Site) -> Site | None:
        """The `if` on which a line depends, unless a clause stands in between."""
        kinds = (ast.If, ast.ExceptHandler, *_FUNCTIONS)
        node = self._innermost(kinds, site.line)
        return Site(self._file, node.lineno) if isinstance(node, ast.If) else None

    def function(self, site: Site) -> Site | None:
        """The innermost function around a line."""
        return self._around(site, _FUNCTIONS)

    def is_plain(self, site: Site) -> bool:
        """Whether it lies in a function that is not `async`."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return isinstance(self._innermost(kinds, site.line), ast.FunctionDef)

    def beside(self, site: Site | None, sites: Iterable[Site]) -> list[Site]:
        """Those of the lines that stand in the same function as this one."""
        function = self.function(site) if site is not None else None
        if function is None:
            return []
        return [one for one in sites if self.function(one) == function]

    def _around(self, site: Site, kinds: tuple[type[ast.AST], ...]) -> Site | None:
        node = self._innermost(kinds, site.line)
        return Site(self._file, _extent(node)[0]) if node is not None else None

    def _innermost(self, kinds: tuple[type[ast.AST], ...], line: int) -> Any:
        around = [
            node
            for node in self.nodes
            if isinstance(node, kinds)
            for first, last in [_extent(node)]
            if first <= line <= last
        ]
        # The walk is breadth first: the last one is the innermost.
        return around[-1] if around else None


@lru_cache(maxsize=8)
def code_of(source: str, file: str) -> Code:
    """The same object for the same text: each check of a grading asks for it."""
    return Code(source, file)


def _writes_outside(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[int]:
    """Lines of a function that write to what it has neither made nor been given."""
    inner = list(ast.walk(function))
    declared = {
        name for node in inner if isinstance(node, ast.Global) for name in node.names
    }
    arguments = function.args
    own = {
        one.arg
        for one in (
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            *filter(None, (arguments.vararg, arguments.kwarg)),
        )
    }
    own |= {
        node.id
        for node in inner
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    } - declared
    for node in inner:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            if node.id in declared:
                yield node.lineno
        elif isinstance(node, ast.Attribute | ast.Subscript):
            root = _root(node)
            stored = not isinstance(node.ctx, ast.Load)
            if stored and (root not in own or ".state." in f".{ast.unparse(node)}."):
                yield node.lineno
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _CHANGES
            and _root(node.func) not in own
        ):
            yield node.lineno


def _root(node: ast.expr) -> str:
    """The variable at which `a.b[c].d` begins; nothing where it is none."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _extent(node: ast.AST) -> tuple[int, int]:
    """The first and the last line; of a `try` without its clauses."""
    if isinstance(node, ast.Try | ast.TryStar):
        return node.lineno, node.body[-1].end_lineno or 0 if node.handlers else 0
    return getattr(node, "lineno", 0), getattr(node, "end_lineno", 0) or 0


def _last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`, of `c` and of `a[b].c`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _called(node: ast.AST | None) -> str:
    """The name of what a call calls; nothing for a node that is no call."""
    return _last_name(node.func) if isinstance(node, ast.Call) else ""


def _remembers(node: ast.ClassDef) -> bool:
    """Whether its objects are changed by what is done with them."""
    return any(
        isinstance(inner, ast.Attribute)
        and isinstance(inner.ctx, ast.Store)
        and isinstance(inner.value, ast.Name)
        and inner.value.id == "self"
        for method in node.body
        if isinstance(method, _DEFINITIONS)
        and method.name not in ("__init__", "__post_init__", "__aenter__")
        for inner in ast.walk(method)
    )


def _makes_a_container(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Call):
        return _last_name(node.func) in _MAKERS
    return isinstance(node, _CONTAINERS)


def _given(node: ast.AST) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _targets(target)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.NamedExpr):
        yield from _targets(node.target)
    elif isinstance(node, ast.keyword) and node.arg is not None:
        yield node.arg, node.value.lineno
    elif isinstance(node, ast.Dict):
        for key in node.keys:
            if isinstance(key, ast.Constant):
                yield str(key.value), key.lineno


def _targets(target: ast.expr) -> Iterator[tuple[str, int]]:
    if isinstance(target, ast.Tuple | ast.List):
        for one in target.elts:
            yield from _targets(one)
    elif isinstance(target, ast.Subscript):
        if isinstance(target.slice, ast.Constant):
            yield str(target.slice.value), target.lineno
        yield from _targets(target.value)
    elif isinstance(target, ast.Attribute | ast.Name):
        yield _last_name(target), target.lineno


def _caught(node: ast.AST) -> set[str]:
    """The names of what a clause catches; nothing for a node that is no clause."""
    if isinstance(node, ast.ExceptHandler):
        return _names(node.type) if node.type is not None else {_EVERYTHING}
    if isinstance(node, ast.Call) and _last_name(node.func) == "suppress":
        return {name for argument in node.args for name in _names(argument)}
    return set()


def _names(node: ast.expr) -> set[str]:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return {_last_name(part) for part in parts} - {""}


def _raises(node: ast.AST) -> bool:
    """Whether a clause ends with an exception, as far as its own lines tell."""
    if not isinstance(node, ast.ExceptHandler):
        return False
    return any(
        isinstance(inner, ast.Raise) for line in node.body for inner in ast.walk(line)
    )
