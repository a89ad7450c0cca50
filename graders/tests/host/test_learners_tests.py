"""Tests that a learner wrote run in a host, on the exam's clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from graders.proctor import (
    Deadlock,
    Exam,
    Grading,
    Kata,
    Launcher,
    Manifest,
    Submission,
    Suite,
    check,
)
from graders.wire import RanTests

SERVICE = """
import asyncio
from fastapi import FastAPI

app = FastAPI()

@app.get("/")
async def page() -> str:
    await asyncio.sleep(1)
    return "right"
"""

Run = Callable[[str], RanTests]


@pytest.fixture
def run(hosts: Launcher, tmp_path: Path) -> Run:
    def run(source: str) -> RanTests:
        (tmp_path / "app.py").write_text(SERVICE)
        manifest = Manifest("T", 1, "core", 1, "x", {}, [], file="test_service.py")
        kata = Kata("kata_for_tests", tmp_path, manifest)
        text = dedent(source).strip()
        submission = Submission(tmp_path / "test_service.py", "test_service.py", text)
        runs: list[tuple[RanTests, float]] = []
        deadlocks = []

        @check("errors", points=1, hint="")
        async def tests_run(exam: Exam) -> None:
            """The tests run"""
            try:
                runs.append((await exam.run_tests(), exam.now))
            except Deadlock as exc:
                deadlocks.append(exc)

        grading = Grading(kata, submission, hosts, suite=Suite([tests_run], _nothing))
        result = grading.result(tests_run)
        assert result.outcome == "passed", result
        for deadlock in deadlocks:
            raise deadlock
        return runs[0][0]

    return run


def _nothing(exam: Exam) -> None: ...


WAYS = """
    import asyncio
    import httpx
    import pytest
    from asgi_lifespan import LifespanManager
    from fastapi.testclient import TestClient
    from app import app

    def test_with_the_test_client():
        with TestClient(app) as client:
            assert client.get("/").json() == "right"

    @pytest.mark.asyncio
    async def test_with_an_async_client():
        async with LifespanManager(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://t") as c:
                assert (await c.get("/")).json() == "right"

    @pytest.mark.asyncio
    async def test_directly():
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(120)
        assert loop.time() - began == 120

    @pytest.mark.anyio
    async def test_with_anyio(anyio_backend_name):
        assert anyio_backend_name == "asyncio"

    @pytest.mark.asyncio
    async def test_that_polls_without_a_pause():
        sleeping = asyncio.create_task(asyncio.sleep(1))
        while not sleeping.done():
            await asyncio.sleep(0)

    @pytest.fixture
    def anyio_backend():
        return "asyncio"

    @pytest.mark.skip
    def test_that_is_skipped():
        pass

    def test_that_fails():
        assert 1 == 2

    def test_that_comes_after_a_failure():
        pass
"""


def test_each_way_to_test_a_service_works_in_a_host(run: Run) -> None:
    result = run(WAYS)
    assert result.trouble == ""
    assert {item.name: item.outcome for item in result.outcomes} == {
        "test_with_the_test_client": "passed",
        "test_with_an_async_client": "passed",
        "test_directly": "passed",
        "test_with_anyio": "passed",
        "test_that_polls_without_a_pause": "passed",
        "test_that_is_skipped": "skipped",
        "test_that_fails": "failed",
    }
    assert {item.name: item.seconds for item in result.outcomes}["test_directly"] == 120
    (failed,) = [item for item in result.outcomes if item.outcome == "failed"]
    assert failed.site is not None
    assert (failed.site.file, failed.site.line) == ("test_service.py", 45)


def test_an_async_test_without_a_mark_fails(run: Run) -> None:
    (outcome,) = run("async def test_nothing():\n    assert False").outcomes
    assert outcome.outcome == "failed"
    assert "async def functions are not natively supported" in outcome.text


def test_a_test_that_waits_for_ever_is_named(run: Run) -> None:
    with pytest.raises(Deadlock) as deadlock:
        run("import asyncio\n\ndef test_it():\n    asyncio.run(asyncio.Event().wait())")
    (pending,) = deadlock.value.pending
    assert pending.task == "test_it"
    assert pending.site is not None
    assert pending.site.line == 3


def test_a_file_that_cannot_be_imported_says_why(run: Run) -> None:
    result = run("import pandas")
    assert result.outcomes == []
    assert result.trouble == "ModuleNotFoundError: No module named 'pandas'"


def test_a_fixture_that_is_not_there_is_named(run: Run) -> None:
    told = run(
        """
        import pytest

        @pytest.mark.parametrize("number", [1])
        def test_page(async_client, number):
            pass
        """
    )
    (outcome,) = told.outcomes
    assert outcome.text == "FixtureLookupError: fixture 'async_client' not found"
    assert outcome.site is not None
    assert outcome.site.line == 4


def test_an_import_that_fails_has_its_line(run: Run) -> None:
    told = run(
        """
        import pytest
        from conftest import client

        def test_page():
            pass
        """
    )
    assert "No module named 'conftest'" in told.trouble
    assert told.site is not None
    assert told.site.line == 2


def test_a_task_that_a_test_leaves_is_seen(hosts: Launcher, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(SERVICE)
    manifest = Manifest("T", 1, "core", 1, "x", {}, [], file="test_service.py")
    kata = Kata("kata_for_tests", tmp_path, manifest)
    text = dedent("""
        import asyncio
        import pytest

        @pytest.mark.asyncio
        async def test_left():
            task = asyncio.create_task(asyncio.sleep(9))
            await asyncio.sleep(0)
            assert not task.done()
    """)
    submission = Submission(tmp_path / "test_service.py", "test_service.py", text)

    @check("errors", points=1, hint="")
    async def tests_run(exam: Exam) -> None:
        """The tests run"""
        await exam.run_tests()

    grading = Grading(kata, submission, hosts, suite=Suite([tests_run], _nothing))
    left = next(one for one in grading.checks if one.name == "nothing_is_left_behind")
    (finding,) = grading.result(left).findings
    assert finding.site is not None
    assert finding.site.line == 7


def test_the_text_of_the_service_is_nowhere(run: Run) -> None:
    ran = run(
        """
        import linecache
        import app

        def test_it():
            assert linecache.getlines(app.__file__) == []
            assert app.page.__code__.co_firstlineno == 1
            assert app.__loader__ is None
        """
    )
    assert [one.outcome for one in ran.outcomes] == ["passed"]


def test_a_case_has_a_number_of_its_own(run: Run) -> None:
    ran = run(
        """
        import pytest

        @pytest.mark.parametrize("number", [1, 2, 3], ids=["a", "b", hex(3)])
        def test_first(number):
            pass

        class TestMore:
            @pytest.mark.parametrize("number", [object(), object()])
            def test_first(self, number):
                pass
        """
    )
    assert [(one.name, one.case) for one in ran.outcomes] == [
        ("test_first[a]", 1),
        ("test_first[b]", 2),
        ("test_first[case 3]", 3),
        ("test_first[case 1]", 1),
        ("test_first[case 2]", 2),
    ]


def test_a_task_that_is_named_after_data_is_told_without_it(
    hosts: Launcher, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(SERVICE)
    manifest = Manifest("T", 1, "core", 1, "x", {}, [], file="test_service.py")
    kata = Kata("kata_for_tests", tmp_path, manifest)
    text = dedent("""
        import asyncio
        import hashlib
        import pytest

        @pytest.mark.asyncio
        async def test_left():
            name = hashlib.sha256(b"code").hexdigest()
            task = asyncio.create_task(asyncio.sleep(9), name=name)
            await asyncio.sleep(0)
    """)
    submission = Submission(tmp_path / "test_service.py", "test_service.py", text)

    @check("errors", points=1, hint="")
    async def tests_run(exam: Exam) -> None:
        """The tests run"""
        await exam.run_tests()

    grading = Grading(kata, submission, hosts, suite=Suite([tests_run], _nothing))
    left = next(one for one in grading.checks if one.name == "nothing_is_left_behind")
    (finding,) = grading.result(left).findings
    assert "task … " in f"{finding.saw} "
