"""Where something stands in a submission's text."""

from __future__ import annotations

import pytest

from graders.proctor.submission.code import Code
from graders.wire import Site, Statements

SOURCE = """\
SEEN = {}  # 1
LIMIT = Limit(3)


class Row(Model):  # 5
    price: int = 0

    @property
    def late(self):
        return self.price  # 10


async def offers(names):
    SEEN["last"] = names
    rows: list[Row] = []  # 15
    for name in names:
        try:
            rows.append(
                await client.ask(name, limit=5)
            )  # 20
        except (OSError, KeyError):
            rows.append(None)
        except* TimeoutError as error:
            raise Late from error
        # 25
    with contextlib.suppress(Cancelled, OSError):
        self.count[key].errors += 1
    if rows:
        return {"rows": [row for row in rows if row]}
    return "nothing"  # 30
""".replace("except* TimeoutError", "except TimeoutError")
CODE = Code(SOURCE, "app.py")


def lines(sites: list[Site]) -> list[int]:
    assert all(site.file == "app.py" for site in sites)
    return [site.line for site in sites]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (CODE.calls("append"), [18, 22]),
        (CODE.calls("ask", "suppress"), [19, 26]),
        (CODE.calls("offers"), []),
        (CODE.gives("last"), [14]),
        (CODE.gives("errors"), [27]),
        (CODE.gives("rows"), [15, 29]),
        (CODE.gives("limit"), [19]),
        (CODE.sets("limit"), []),
        (CODE.sets("rows"), [15]),
        (CODE.sets("last", "errors"), [14, 27]),
        (CODE.gives("price"), [6]),
        (CODE.mentions("price"), [10]),
        (CODE.texts("nothing"), [30]),
        (CODE.truth_tests(), [28, 29]),
        (CODE.shared(), [1]),
        (CODE.handlers(), [21, 26]),
        (CODE.handlers(raising=True), [21, 23, 26]),
        (CODE.handlers("OSError"), [21, 26]),
        (CODE.handlers("BaseException"), []),
        (CODE.handlers("TimeoutError"), []),
        (CODE.handlers("TimeoutError", raising=True), [23]),
    ],
)
def test_what_stands_where(found: list[Site], expected: list[int]) -> None:
    assert lines(found) == expected


@pytest.mark.parametrize(
    ("line", "loop", "handler", "function"),
    [(19, 16, None, 13), (22, 16, 21, 13), (29, 29, None, 13), (2, None, None, None)],
)
def test_what_is_around_a_line(
    line: int, loop: int | None, handler: int | None, function: int | None
) -> None:
    site = Site("app.py", line, "offers")
    around = CODE.loop(site), CODE.handler(site), CODE.function(site)
    assert [found.line if found else None for found in around] == [
        loop,
        handler,
        function,
    ]


def test_what_stands_in_the_same_function() -> None:
    appends, lasts = CODE.calls("append"), CODE.gives("last")
    assert CODE.beside(lasts[0], [*appends, *CODE.shared()]) == appends
    assert CODE.beside(CODE.shared()[0], CODE.shared()) == []
    assert CODE.beside(None, appends) == []


CLAUSES = """\
def price(shop):
    return ask(shop)


def page(shop):  # 5
    try:
        rows = price(shop)
    except OSError:
        try:
            rows = old(shop)  # 10
        finally:
            done()
    except KeyError:
        rows = None
    return rows  # 15
"""


@pytest.mark.parametrize(
    ("line", "expected"), [(2, [8, 13]), (7, [8, 13]), (10, []), (14, []), (15, [])]
)
def test_which_clauses_an_error_comes_to(line: int, expected: list[int]) -> None:
    code = Code(CLAUSES, "app.py")
    assert lines(code.clauses(Site("app.py", line))) == expected


GUARDED = """\
@contextmanager
def translated():
    try:
        yield
    except OSError:  # 5
        raise Late


def page(shop):
    with lock, translated():
        if shop in OPEN:
            return ask(shop)
        try:
            return guess(shop)
        except KeyError:  # 15
            return None
    with lock:
        return ask(shop)
"""


@pytest.mark.parametrize(
    ("line", "guards", "condition"),
    [(11, [5], 11), (12, [5], 11), (14, [5], None), (16, [5], None), (18, [], None)],
)
def test_what_stands_on_the_way_of_a_line(
    line: int, guards: list[int], condition: int | None
) -> None:
    code, site = Code(GUARDED, "app.py"), Site("app.py", line)
    found = code.condition(site)
    assert lines(code.guards(site)) == guards
    assert (found.line if found else None) == condition


def test_which_statements_a_host_knows() -> None:
    found = CODE.statements
    assert found.returns == {10: 10, 29: 29, 30: 30}
    assert found.raises == {24: 24}
    assert found.definitions == {8: 9}
    several = "def f():\n    return (\n        1\n    )\n"
    assert Code(several, "app.py").statements.returns == {2: 2, 3: 2, 4: 2}
    assert Code("def (", "app.py").statements == Statements()


def test_objects_that_remember_are_shared() -> None:
    source = """\
class Desk:
    def __init__(self):
        self.name = "desk"

    def look_up(self, number):  # 5
        self.number = number


class Rules:
    def __init__(self):  # 10
        self.limit = 3


DESK, RULES = Desk(), Rules()
desk = Desk()  # 15
rules = Rules()
"""
    assert lines(Code(source, "app.py").shared()) == [15]


def test_a_bare_except_catches_everything() -> None:
    code = Code("try:\n    work()\nexcept:\n    pass\n", "app.py")
    assert lines(code.handlers("BaseException")) == [3]


@pytest.mark.parametrize("source", ["def (", "\0", "(" * 10_000])
def test_what_is_no_python_holds_nothing(source: str) -> None:
    code = Code(source, "app.py")
    assert code.handlers() == code.calls("print") == code.shared() == []
    assert code.loop(Site("app.py", 1, "")) is None


def test_a_value_that_nobody_reads_gives_nothing() -> None:
    source = """\
LIMITS = Limits(size=20)
USED = Limits(size=10)
class Row:
    size = 3
    other = Limits(size=4)
def make():
    size = 5
    return Client(USED)
"""
    code = Code(source, "app.py")
    assert lines(code.gives("size")) == [2, 4, 5]
    assert lines(code.calls("Limits")) == [1, 2, 5]
    assert lines(code.calls("Limits", used=True)) == [2, 5]
