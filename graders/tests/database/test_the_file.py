"""Latency, locks and failing commits of a real SQLite file, on virtual time."""

from __future__ import annotations

import pytest

from graders.proctor import CheckFailed, Exam
from graders.tests.database.notes import app
from graders.tests.exams import Examine, kinds

ADD = """
    @app.post("/")
    async def add():
        async with factory() as session:
            session.add(Note(text="a"))
            try:
                await session.commit()
            except Exception:
                await session.rollback()
                raise
"""
ADD_IN_A_THREAD = """
    threaded = sessionmaker(create_engine(URL.replace("+aiosqlite", "")))

    @app.post("/")
    def add():
        with threaded() as session:
            session.add(Note(text="a"))
            try:
                session.commit()
            except Exception:
                session.rollback()
                raise
"""


@pytest.mark.parametrize("endpoint", [ADD, ADD_IN_A_THREAD])
def test_a_statement_takes_exactly_as_long_as_it_is_told(
    endpoint: str, examine: Examine
) -> None:
    async def body(exam: Exam) -> None:
        exam.database.statements_take(0.25)
        reply = await exam.post("/")
        assert reply.status == 200
        assert reply.took == 0.25

    assert kinds(examine(app(endpoint), body, database=True)) == []


def test_a_synchronous_statement_in_an_async_endpoint_blocks_the_loop(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        exam.database.statements_take(0.25)
        assert (await exam.post("/")).took == 0.25

    source = ADD_IN_A_THREAD.replace("def add", "async def add")
    assert "blocked" in kinds(examine(app(source), body, database=True))


@pytest.mark.parametrize("endpoint", [ADD, ADD_IN_A_THREAD])
def test_a_commit_that_cannot_be_made_fails_after_five_virtual_seconds(
    endpoint: str, examine: Examine
) -> None:
    async def body(exam: Exam) -> None:
        with exam.database.commits_fail():
            reply = await exam.post("/")
        assert reply.status == 500
        assert reply.failure is not None
        assert "database is locked" in reply.failure.text
        assert reply.took == 5
        assert exam.database.rows("SELECT * FROM notes") == []
        assert (await exam.post("/")).status == 200
        assert exam.database.rows("SELECT text FROM notes") == [("a",)]

    assert kinds(examine(app(endpoint), body, database=True)) == []


@pytest.mark.parametrize(
    "patience",
    [
        'create_async_engine(URL, connect_args={"timeout": 2})',
        "create_async_engine(URL); PRAGMA = 'PRAGMA busy_timeout = 2000'",
    ],
)
def test_a_submission_may_set_its_own_patience(patience: str, examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        with exam.database.commits_fail():
            assert (await exam.post("/")).took == 2

    source = f"""
        PRAGMA = "SELECT 1"
        patient = {patience}

        @app.post("/")
        async def add():
            async with AsyncSession(patient) as session:
                await session.execute(text(PRAGMA))
                session.add(Note(text="a"))
                await session.commit()
    """
    examine(app(source), body, database=True)


def test_writers_wait_for_each_other_and_all_are_served(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        exchanges = [exam.start("POST", "/") for _ in range(4)]
        replies = [await exchange.reply() for exchange in exchanges]
        assert [reply.status for reply in replies] == [200] * 4
        assert max(reply.took for reply in replies) >= 4
        assert exam.database.rows("SELECT count(*) FROM notes") == [(4,)]

    source = """
        @app.post("/")
        async def add():
            async with factory() as session:
                session.add(Note(text="a"))
                await session.flush()
                await asyncio.sleep(1)
                await session.commit()
    """
    assert kinds(examine(app(source), body, database=True)) == []


def test_at_the_start_of_the_response_the_suite_sees_what_is_committed(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        seen: list[int] = []

        def look() -> None:
            seen.append(len(exam.database.rows("SELECT * FROM notes")))

        for path in ("/early", "/late"):
            exchange = exam.start("POST", path)
            exchange.on_start = look
            assert (await exchange.reply()).status == 200
            await exam.settle()
        assert seen == [1, 1]
        assert exam.database.rows("SELECT count(*) FROM notes") == [(2,)]

    source = """
        async def get_session():
            async with factory() as session:
                yield session
                await session.commit()

        @app.post("/early")
        async def early(session: AsyncSession = Depends(get_session, scope="function")):
            session.add(Note(text="a"))

        @app.post("/late")
        async def late(session: AsyncSession = Depends(get_session)):
            session.add(Note(text="b"))
    """
    assert kinds(examine(app(source), body, database=True)) == []


def test_a_transaction_left_open_is_told_as_a_finding(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        await exam.post("/")
        with pytest.raises(CheckFailed) as failed:
            exam.database.execute("INSERT INTO notes (text) VALUES ('b')")
        assert failed.value.finding.saw == "it is locked"

    source = """
        @app.post("/")
        async def add():
            app.state.session = factory()
            app.state.session.add(Note(text="a"))
            await app.state.session.flush()
    """
    examine(app(source), body, database=True)


@pytest.mark.parametrize(
    ("spoil", "saw"),
    [
        ("open('kata.db', 'wb').write(b'no database' * 1000)", "no database any more"),
        ("os.remove('kata.db'); os.mkdir('kata.db')", "no database any more"),
        (
            "sqlite3.connect('kata.db').executescript('DROP TABLE notes; CREATE VIEW '"
            "'notes AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)'"
            "'SELECT max(i) AS id FROM n;')",
            "reading it takes too long",
        ),
    ],
    ids=["other bytes", "a folder", "a view without an end"],
)
def test_a_file_that_cannot_be_read_any_more_is_told_as_a_finding(
    spoil: str, saw: str, examine: Examine
) -> None:
    async def body(exam: Exam) -> None:
        await exam.post("/")
        with pytest.raises(CheckFailed) as failed:
            exam.database.rows("SELECT * FROM notes")
        assert saw in failed.value.finding.saw

    source = f"""
        import os, sqlite3

        @app.post("/")
        async def spoil():
            await engine.dispose()
            {spoil}
    """
    examine(app(source), body, database=True)


def test_a_wrong_query_of_a_suite_is_an_error_of_the_suite(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        assert exam.database.rows("SELECT * FROM nowhere") == []
        with pytest.raises(Exception, match="no such column"):
            exam.database.rows("SELECT missing FROM notes")

    examine(app(ADD), body, database=True)
