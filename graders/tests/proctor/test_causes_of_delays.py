"""Which line explains that calls followed one another."""

from __future__ import annotations

from graders.proctor.exam.delays import Causes
from graders.proctor.submission.code import Code
from graders.proctor.world.calls import CallRecord
from graders.wire import Site, Waited

SOURCE = """\
async def helper(name):
    return await fetch(name)

async def in_a_loop():
    for name in names:
        await helper(name)

async def one_by_one():
    a = await helper("a")
    b = await helper("b")

async def in_a_comprehension():
    return [await helper(name) for name in names]

async def loop_in_a_helper():
    await in_a_loop()
"""
LINES = SOURCE.splitlines()
CODE = Code(SOURCE, "app.py")


def call(began: float, ended: float, *texts: str) -> CallRecord:
    """A call that these lines led to, the outermost first."""
    sites = [Site("app.py", LINES.index(text) + 1, "") for text in texts]
    return CallRecord("fetch", {}, began, lines=sites[::-1], ended=ended)


def cause(*calls: CallRecord) -> str:
    site = Causes(CODE).of_sequence(calls)
    return LINES[site.line - 1].strip() if site is not None else ""


FETCH = "    return await fetch(name)"


def test_a_loop_around_a_helper() -> None:
    path = "        await helper(name)", FETCH
    assert cause(call(0, 1, *path), call(1, 2, *path)) == "await helper(name)"


def test_a_comprehension() -> None:
    path = "    return [await helper(name) for name in names]", FETCH
    assert cause(call(0, 1, *path), call(1, 2, *path)) == path[0].strip()


def test_two_lines_of_one_function() -> None:
    first, second = '    a = await helper("a")', '    b = await helper("b")'
    assert cause(call(0, 1, first, FETCH), call(1, 2, second, FETCH)) == second.strip()


def test_a_loop_further_in() -> None:
    path = "    await in_a_loop()", "        await helper(name)", FETCH
    assert cause(call(0, 1, *path), call(1, 2, *path)) == "await helper(name)"


def test_no_loop_at_all() -> None:
    path = "    await in_a_loop()", FETCH
    assert cause(call(0, 1, *path), call(1, 2, *path)) == FETCH.strip()


def test_calls_that_overlap_are_the_last_ones_own_matter() -> None:
    path = "        await helper(name)", FETCH
    assert cause(call(0, 2, *path), call(1, 3, *path)) == FETCH.strip()


def test_calls_of_nobody() -> None:
    assert cause(call(0, 1), call(1, 2)) == ""
    assert cause() == ""


def test_the_line_with_most_waiting_counts_and_only_while_it_matters() -> None:
    causes = Causes(CODE)
    short, long = Site("app.py", 1, ""), Site("app.py", 2, "")
    second = 1_000_000_000
    causes.reported(Waited("Lock", 0, second, short))
    causes.reported(Waited("Lock", 0, 2 * second, short))
    causes.reported(Waited("Lock", 0, 5 * second, long))
    assert causes.of_turns(0, 10) == long
    assert causes.of_turns(0, 1) == short
    assert causes.of_turns(5, 10) is None


def test_a_wait_for_a_free_connection_is_decided_where_the_pool_has_its_limit() -> None:
    text = "limits = Limits(max_connections=10)\nclient = AsyncClient(limits=limits)\n"
    made = Site("app.py", 2, "client = AsyncClient(limits=limits)")
    pooled = Waited("a free connection", 0, 1_000_000_000, made)
    for source, line in ((text, 1), ("\nclient = AsyncClient()\n", 2)):
        causes = Causes(Code(source, "app.py"))
        causes.reported(pooled)
        site = causes.of_turns(0, 1)
        assert site is not None
        assert site.line == line


def test_a_host_that_reports_without_end_is_not_listened_to() -> None:
    causes = Causes(CODE)
    for _ in range(20_000):
        causes.reported(Waited("Lock", 0, 1, Site("app.py", 1, "")))
    assert len(causes.waits) == 5_000


def test_a_text_that_is_no_python_has_no_loops() -> None:
    lines = [Site("app.py", 2, ""), Site("app.py", 6, "")]
    made = [
        CallRecord("fetch", {}, began, lines=lines, ended=began + 1) for began in (0, 1)
    ]
    site = Causes(Code("def (", "app.py")).of_sequence(made)
    assert site is not None
    assert site.line == 2
