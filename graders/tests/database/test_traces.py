"""Sessions and connections are counted, whatever the style of their use."""

from __future__ import annotations

import pytest

from graders.proctor import Exam
from graders.tests.database.notes import app
from graders.tests.exams import Examine, kinds

STYLES = {
    "async with": """
        @app.post("/")
        async def add():
            async with factory() as session:
                session.add(Note(text="a"))
                await session.commit()
    """,
    "a factory that begins": """
        @app.post("/")
        async def add():
            async with factory.begin() as session:
                session.add(Note(text="a"))
    """,
    "a session that begins": """
        @app.post("/")
        async def add():
            async with factory() as session, session.begin():
                session.add(Note(text="a"))
    """,
    "a dependency with try and finally": """
        async def get_session():
            session = factory()
            try:
                yield session
            finally:
                await session.close()

        @app.post("/")
        async def add(session: AsyncSession = Depends(get_session)):
            session.add(Note(text="a"))
            await session.commit()
    """,
    "run_sync": """
        def work(session: Session):
            session.add(Note(text="a"))
            session.commit()

        @app.post("/")
        async def add():
            async with factory() as session:
                await session.run_sync(work)
    """,
    "a scoped session": """
        scoped = async_scoped_session(factory, asyncio.current_task)

        @app.post("/")
        async def add():
            scoped.add(Note(text="a"))
            await scoped.commit()
            await scoped.remove()
    """,
    "subclasses of both": """
        class Ours(AsyncSession):
            class sync_session_class(Session):
                pass

        @app.post("/")
        async def add():
            async with Ours(engine) as session:
                session.add(Note(text="a"))
                await session.commit()
    """,
    "no pool": """
        unpooled = async_sessionmaker(create_async_engine(URL, poolclass=NullPool))

        @app.post("/")
        async def add():
            async with unpooled() as session:
                session.add(Note(text="a"))
                await session.commit()
    """,
    "one connection for all": """
        static = async_sessionmaker(create_async_engine(URL, poolclass=StaticPool))

        @app.post("/")
        async def add():
            async with static() as session:
                session.add(Note(text="a"))
                await session.commit()
    """,
    "a synchronous session in a def endpoint": """
        threaded = sessionmaker(create_engine(URL.replace("+aiosqlite", "")))

        @app.post("/")
        def add():
            with threaded() as session:
                session.add(Note(text="a"))
                session.commit()
    """,
    "reset instead of close": """
        @app.post("/")
        async def add():
            session = factory()
            session.add(Note(text="a"))
            await session.commit()
            await session.reset()
    """,
}


@pytest.mark.parametrize("style", STYLES)
def test_a_session_in_any_style_is_opened_used_and_closed(
    style: str, examine: Examine
) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.post("/")).status == 200
        await exam.settle()
        assert exam.database.rows("SELECT text FROM notes") == [("a",)]
        assert exam.database.connections_out == 0
        assert exam.database.sessions_open == []

        (session,) = exam.database.sessions_of(2)
        lives = exam.database.of("session opened", "session used", "session closed")
        kinds_of_it = [item.what for item in lives if item.key == session]
        assert kinds_of_it[0] == "session opened"
        assert kinds_of_it[-1] == "session closed"
        told = [item for item in lives if item.what != "session closed"]
        assert all(item.site is not None for item in told)

    # Some make an engine of their own, of which nobody disposes.
    found = kinds(examine(app(STYLES[style]), body, database=True))
    assert set(found) <= {"connection left open"}


def test_connections_without_a_session_are_counted(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.post("/")).status == 200
        assert exam.database.sessions_of(2) == set()
        (statement,) = exam.database.statements_of(2)
        assert statement.detail == "INSERT"
        assert statement.site is not None
        assert exam.database.connections_out == 0

    source = """
        @app.post("/")
        async def add():
            async with engine.begin() as connection:
                await connection.execute(insert(Note).values(text="a"))
    """
    assert kinds(examine(app(source), body, database=True)) == []


def test_a_session_that_was_never_used_need_not_be_closed(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).status == 200
        assert len(exam.database.of("session opened")) == 1

    source = """
        @app.get("/")
        async def look():
            factory()
    """
    assert kinds(examine(app(source), body, database=True)) == []


@pytest.mark.parametrize("last", ["await session.commit()", "await session.rollback()"])
def test_a_session_whose_transaction_has_ended_need_not_be_closed(
    last: str, examine: Examine
) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).status == 200
        assert exam.database.sessions_open == []

    source = f"""
        @app.get("/")
        async def look():
            session = app.state.session = factory()
            await session.execute(select(Note))
            async with session.begin_nested():
                await session.execute(select(Note))
            {last}
    """
    assert kinds(examine(app(source), body, database=True)) == []


def test_a_savepoint_does_not_end_the_transaction_around_it(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).status == 200
        assert len(exam.database.sessions_open) == 1

    source = """
        @app.get("/")
        async def look():
            session = app.state.session = factory()
            async with session.begin_nested():
                await session.execute(select(Note))
    """
    assert "session left open" in kinds(examine(app(source), body, database=True))


def test_a_session_dropped_in_the_middle_leaves_its_connection_out(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        await exam.get("/")
        await exam.settle()
        assert exam.database.connections_out == 1
        (session,) = exam.database.sessions_open
        assert session.site is not None
        assert session.site.function == "look"

    source = """
        @app.get("/")
        async def look():
            session = factory()
            await session.execute(select(Note))
            del session
            gc.collect()
    """
    found = kinds(examine(app(source), body, database=True))
    assert "session left open" in found
    assert "connection left out" in found


def test_a_session_used_again_after_it_was_closed_is_open_again(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        await exam.get("/")
        assert len(exam.database.sessions_open) == 1

    source = """
        @app.get("/")
        async def look():
            session = factory()
            await session.close()
            await session.execute(select(Note))
            app.state.session = session
    """
    assert "session left open" in kinds(examine(app(source), body, database=True))


def test_a_session_shared_by_two_requests_is_named(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        first, second = await exam.get("/own"), await exam.get("/own")
        assert exam.database.shared_between(first.run, second.run) is None
        first, second = await exam.get("/shared"), await exam.get("/shared")
        use = exam.database.shared_between(first.run, second.run)
        assert use is not None
        assert use.run == second.run

    source = """
        everybodys = factory()

        @app.get("/shared")
        async def shared():
            await everybodys.execute(select(Note))

        @app.get("/own")
        async def own():
            async with factory() as session:
                await session.execute(select(Note))
    """
    examine(app(source), body, database=True)


@pytest.mark.parametrize(
    ("work", "overlaps"),
    [
        ("await asyncio.gather(read(session), read(session))", True),
        ("await read(session); await read(session)", False),
        ("await asyncio.create_task(read(session)); await session.commit()", False),
    ],
)
def test_only_calls_at_the_same_time_overlap(
    work: str, overlaps: bool, examine: Examine
) -> None:
    async def body(exam: Exam) -> None:
        # Warm, so that SQLAlchemy itself does not complain.
        await exam.get("/")

    source = f"""
        async def read(session):
            await session.execute(select(Note))

        @app.get("/")
        async def look():
            async with factory() as session:
                await read(session)
                {work}
    """
    found = kinds(examine(app(source), body, database=True))
    assert ("session overlap" in found) is overlaps


def test_a_cancelled_request_gives_its_connection_back(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        exam.database.statements_take(5)
        exchange = exam.start("GET", "/")
        await exam.sleep(1)
        assert exam.database.connections_out == 1
        exchange.cancel()
        await exam.settle()
        assert exam.database.connections_out == 0
        assert exam.now == 1

    source = """
        @app.get("/")
        async def look():
            async with factory() as session:
                await session.execute(select(Note))
    """
    assert kinds(examine(app(source), body, database=True)) == []


@pytest.mark.parametrize("disposed", [True, False])
def test_a_pool_that_outlives_the_service_is_left_open(
    examine: Examine, disposed: bool
) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).status == 200
        await exam.settle()
        assert len(exam.database.connections_kept) == 2 - disposed

    source = f"""
        own = create_async_engine(URL)

        @app.get("/")
        async def look():
            async with AsyncSession(own) as session:
                await session.execute(select(Note))
            if {disposed}:
                await own.dispose()
    """
    found = kinds(examine(app(source), body, database=True))
    assert ("connection left open" in found) is not disposed
