"""SQLAlchemy and aiosqlite: shared sessions, expired attributes, commits, delays."""

from __future__ import annotations

import pytest

from graders.proctor import Exam
from graders.tests.exams import Examine, problems

MODELS = """
    import asyncio, contextlib, os
    from fastapi import Depends, FastAPI
    from sqlalchemy import ForeignKey, event, exc, func, select, util
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        items: Mapped[list["Item"]] = relationship()

    class Item(Base):
        __tablename__ = "items"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))

    engine = create_async_engine(os.environ["DATABASE_URL"])
    session_of = async_sessionmaker(engine)

    @contextlib.asynccontextmanager
    async def lifespan(app):
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)
"""


def test_p12_sharing_a_session_fails_while_it_is_cold_and_not_when_warm(
    examine: Examine,
) -> None:
    source = (
        MODELS
        + """
    @app.get("/")
    async def index(warm: bool):
        if not warm:
            await engine.dispose()
        async with session_of() as session:
            if warm:
                await session.execute(select(1))
            query = select(func.count()).select_from(Order)
            found = await asyncio.gather(
                *(session.execute(query) for _ in range(3)), return_exceptions=True
            )
        return sorted({type(one).__name__ for one in found})
"""
    )

    async def body(exam: Exam) -> None:
        cold = (await exam.get("/?warm=0")).json()
        assert "InvalidRequestError" in cold
        assert (await exam.get("/?warm=1")).json() == ["ChunkedIteratorResult"]

    assert set(problems(examine(source, body, database=True))) == {"session overlap"}


@pytest.mark.parametrize("what", ["name", "items"])
def test_p13_what_is_expired_or_lazy_fails_outside_of_an_await(
    examine: Examine, what: str
) -> None:
    source = (
        MODELS
        + f"""
    @app.get("/")
    async def index():
        async with session_of() as session:
            order = Order(name="a")
            session.add(order)
            await session.commit()
            if {what!r} == "items":
                await session.refresh(order)
            try:
                order.{what}
            except exc.StatementError as failed:
                return [type(failed).__name__, type(failed.orig).__name__]
            except exc.MissingGreenlet as failed:
                return [type(failed).__name__]

    @app.get("/raises")
    async def raises():
        async with session_of() as session:
            order = Order(name="a")
            session.add(order)
            await session.commit()
            return order.name
"""
    )

    async def body(exam: Exam) -> None:
        assert "MissingGreenlet" in (await exam.get("/")).json()
        assert (await exam.get("/raises")).status == 500

    # The driver's own coroutine, which SQLAlchemy could not await, is nobody's mistake.
    assert problems(examine(source, body, database=True)) == []


def test_p14_a_listener_may_await_before_each_statement(examine: Examine) -> None:
    source = (
        MODELS
        + """
    out = []

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def delay(*args):
        util.await_only(asyncio.sleep(0.25))

    @event.listens_for(engine.sync_engine, "checkout")
    def checked_out(*args):
        out.append(1)

    @event.listens_for(engine.sync_engine, "checkin")
    def checked_in(*args):
        out.append(-1)

    @app.get("/")
    async def index():
        async with session_of() as session:
            await session.execute(select(1))
            await session.execute(select(2))
            within = sum(out)
        return [within, sum(out)]
"""
    )

    async def body(exam: Exam) -> None:
        reply = await exam.get("/")
        assert (reply.json(), reply.took) == ([1, 0], 0.5)

    assert problems(examine(source, body, database=True)) == []


def test_p14_the_exam_can_delay_every_statement(examine: Examine) -> None:
    source = (
        MODELS
        + """
    @app.get("/")
    async def index():
        async with session_of() as session:
            return (await session.execute(select(func.count(Order.id)))).scalar_one()
"""
    )

    async def body(exam: Exam) -> None:
        exam.database.statements_take(0.25)
        reply = await exam.get("/")
        assert (reply.json(), reply.took) == (0, 0.25)

    assert problems(examine(source, body, database=True)) == []


COMMITS_LATE = """
    async def session():
        async with session_of() as session:
            yield session
            await session.commit()
            if FAILS:
                raise ValueError("no commit")

    @app.post("/", dependencies=[])
    async def create(session=Depends(session, scope=SCOPE)):
        session.add(Order(name="a"))
"""


@pytest.mark.parametrize(("scope", "rows"), [("request", 0), ("function", 1)])
def test_p23_a_commit_after_the_yield_comes_after_the_response(
    examine: Examine, scope: str, rows: int
) -> None:
    names = f"    FAILS, SCOPE = False, {scope!r}\n"
    seen: list[int] = []

    async def body(exam: Exam) -> None:
        def look() -> None:
            seen.append(len(exam.database.rows("SELECT id FROM orders")))

        exchange = exam.start("POST", "/")
        exchange.on_start = look
        assert (await exchange.reply()).status == 200
        await exchange.returns()
        look()

    source = MODELS + names + COMMITS_LATE
    assert problems(examine(source, body, database=True)) == []
    assert seen == [rows, 1]


@pytest.mark.parametrize(("scope", "status"), [("request", 200), ("function", 500)])
def test_p23_a_commit_that_fails_after_the_response_is_not_heard_of(
    examine: Examine, scope: str, status: int
) -> None:
    names = f"    FAILS, SCOPE = True, {scope!r}\n"

    async def body(exam: Exam) -> None:
        exchange = exam.start("POST", "/")
        assert (await exchange.reply()).status == status
        await exchange.returns()
        assert exchange.failure is not None

    source = MODELS + names + COMMITS_LATE
    assert problems(examine(source, body, database=True)) == []
