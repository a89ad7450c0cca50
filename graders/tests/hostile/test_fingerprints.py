"""Tests that recognise a copy of the service by its code notice nothing."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from graders.proctor import (
    FAILED,
    Grading,
    Launcher,
    Submission,
    Suite,
    Verdict,
    find_kata,
    load_suite,
)

KATA = find_kata("test_the_async_service")
ALL = load_suite(KATA)
RIGHT = ALL.checks[0]

# All code of the module, as a process can find it.
FINDS_CODE = """
    import hashlib
    import marshal
    import app
    import pytest

    def codes(code):
        yield code
        for one in code.co_consts:
            if hasattr(one, "co_consts"):
                yield from codes(one)

    def found():
        made = [app, *(one for one in vars(app).values() if isinstance(one, type))]
        for owner in made:
            for one in vars(owner).values():
                if getattr(one, "__module__", "") == "app" and hasattr(one, "__code__"):
                    yield from codes(one.__code__)

    CODE = list(found())
    NAMES = {name for code in CODE for name in code.co_names}
    CONSTANTS = [one for code in CODE for one in code.co_consts]
    BY_NAME = {code.co_name: code for code in CODE}
    SUM = hashlib.sha256(b"".join(marshal.dumps(code) for code in CODE)).hexdigest()
"""

# What tells a broken copy from the service where a copy is one of them alone.
TRICKS = {
    "client_not_closed": "assert 'aclose' in NAMES",
    "ticket_printed_on_the_loop": "assert 'to_thread' in BY_NAME['ticket'].co_names",
    "prices_one_after_another": "assert 'gather' in BY_NAME['_sell'].co_names",
    # No number: those that are drawn may be any.
    "timeout_is_500": "assert 'Something went wrong' in CONSTANTS",
    "reported_timeout_is_502": "assert 'TimeoutException' in NAMES",
    "printed_reservations_expire": "assert '_now' in BY_NAME['keep'].co_names",
    "seats_outlive_a_stop": "assert ('kept' in NAMES) == ('_client' in NAMES)",
}


def _verdict(hosts: Launcher, body: str, *copies: str) -> Verdict:
    source = dedent(FINDS_CODE) + dedent(body)
    submission = Submission(Path("/nowhere/x.py"), KATA.manifest.file, source)
    checks = [RIGHT, *(one for one in ALL.checks if one.copy in copies)]
    suite = Suite(checks, ALL.world)
    return Grading(KATA, submission, hosts, suite=suite).verdict()


def test_who_looks_for_what_is_broken_in_the_code_earns_nothing(
    hosts: Launcher,
) -> None:
    lines = "\n".join(f"    {trick}" for trick in TRICKS.values())
    verdict = _verdict(hosts, f"def test_it():\n{lines}\n", *TRICKS)
    assert (verdict.status, verdict.score) == (FAILED, 0)
    first, *broken = verdict.results
    # It passes where the service is right, and everywhere else.
    assert first.withheld
    told = {one.findings[0].saw for one in broken[: len(TRICKS)]}
    assert told == {"no test of yours failed"}


COMPUTED = {
    "an id": """
        @pytest.mark.parametrize("sum", ["none", SUM], ids=["none", SUM])
        def test_it(sum):
            assert sum == "none"
        """,
    "an id made of the file's own words": """
        IDS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
        IDS += ["a", "b", "c", "d", "e", "f"]

        @pytest.mark.parametrize("sum", ["none", SUM], ids=["none", "-".join(SUM)])
        def test_it(sum):
            assert sum == "none"
        """,
    "the name of a test": """
        def test_it():
            assert not SUM

        globals()[f"test_{SUM}"] = test_it
        del test_it
        """,
    "a message": """
        def test_it():
            assert not SUM, SUM
        """,
    "a value": """
        def test_it():
            assert SUM == "0"
        """,
    "an error at import": """
        raise RuntimeError(SUM)
        """,
    "the name of an error": """
        def test_it():
            raise type(SUM, (Exception,), {})()
        """,
    "a fixture": """
        def test_it(request):
            request.getfixturevalue(SUM)
        """,
}


@pytest.mark.parametrize("body", COMPUTED.values(), ids=COMPUTED)
def test_what_is_told_holds_no_checksum(hosts: Launcher, body: str) -> None:
    first = _verdict(hosts, body).results[0]
    second = _verdict(hosts, body).results[0]
    assert first.outcome == FAILED
    # No two copies have the same one.
    assert first == second
