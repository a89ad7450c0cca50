"""Errors of the libraries are known by what the libraries really say."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import ForeignKey, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.pool import NullPool, StaticPool

from graders.proctor.verdict.known_errors import (
    KNOWN_ERRORS,
    KnownError,
    excerpt,
    known_error,
    known_text,
    said,
)
from graders.wire import Failure

Mistake = Callable[[], Awaitable[Any]]
# What a learner does -> a word of the advice.
MISTAKES: dict[str, tuple[Mistake, str]] = {}


def mistake(word: str) -> Callable[[Mistake], Mistake]:
    def note(made: Mistake) -> Mistake:
        MISTAKES[made.__name__.replace("_", " ")] = made, word
        return made

    return note


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list[Book]] = relationship()


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf: Mapped[int] = mapped_column(ForeignKey("shelves.id"))


@contextlib.asynccontextmanager
async def sessions(*, tables: bool = True) -> AsyncIterator[async_sessionmaker[Any]]:
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    try:
        if tables:
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
        yield async_sessionmaker(engine)
    finally:
        await engine.dispose()


async def one_shelf(session: AsyncSession) -> Shelf:
    shelf = Shelf()
    session.add(shelf)
    await session.commit()
    return shelf


# --- SQLAlchemy -----------------------------------------------------------------------


@mistake("refresh")
async def reads_what_a_commit_let_expire() -> None:
    async with sessions() as make, make() as session:
        print((await one_shelf(session)).id)


@mistake("relationship")
async def reads_a_relationship_that_was_not_loaded() -> None:
    async with sessions() as make, make() as session:
        shelf = await one_shelf(session)
        await session.refresh(shelf, ["id"])
        print(shelf.books)


@mistake("closed")
async def reads_after_the_session() -> None:
    async with sessions() as make:
        async with make() as session:
            shelf = await one_shelf(session)
        print(shelf.id)


@mistake("two tasks")
async def uses_one_session_in_two_tasks() -> None:
    # The connection is still to be made.
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=NullPool)
    async with AsyncSession(engine) as session:
        asked = [session.execute(text("SELECT 1")) for _ in range(2)]
        _, second = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(second, Exception)
    raise second


@mistake("Roll back")
async def goes_on_after_a_write_that_failed() -> None:
    async with sessions() as make, make() as session:
        session.add_all([Shelf(id=1)])
        await session.commit()
        session.add(Shelf(id=1))
        with contextlib.suppress(Exception):
            await session.flush()
        await session.execute(select(Shelf))


@mistake("begun a transaction")
async def begins_twice() -> None:
    async with sessions() as make, make() as session:
        await session.execute(select(Shelf))
        async with session.begin():
            pass


@mistake("tables")
async def has_made_no_tables() -> None:
    async with sessions(tables=False) as make, make() as session:
        await session.execute(select(Shelf))


@mistake("without await")
async def awaits_the_rows_of_a_result() -> None:
    async with sessions() as make, make() as session:
        await (await session.execute(text("SELECT 1"))).scalars()


# --- httpx ----------------------------------------------------------------------------


def client() -> httpx.AsyncClient:
    answer = httpx.MockTransport(lambda request: httpx.Response(500, content=stream()))
    return httpx.AsyncClient(transport=answer, base_url="http://x")


async def stream() -> AsyncIterator[bytes]:
    yield b"x"


@mistake("after its end")
async def asks_a_client_that_is_closed() -> None:
    async with client() as closed:
        pass
    await closed.get("/")


@mistake("Enter it once")
async def opens_a_client_twice() -> None:
    async with client() as open_, open_:
        pass


@mistake("`aread()`")
async def reads_a_stream_as_a_body() -> None:
    async with client() as open_, open_.stream("GET", "/") as response:
        print(response.text)


@mistake("once")
async def reads_a_stream_twice() -> None:
    async with client() as open_, open_.stream("GET", "/") as response:
        for _ in range(2):
            async for _ in response.aiter_raw():
                pass


@mistake("base_url")
async def asks_for_half_a_url() -> None:
    async with httpx.AsyncClient() as open_:
        await open_.get("/latest")


@mistake("raise_for_status")
async def raises_for_a_status() -> None:
    async with client() as open_:
        (await open_.get("/")).raise_for_status()


# --- coroutines and loops -------------------------------------------------------------


async def number() -> int:
    return 1


async def numbers() -> AsyncIterator[int]:
    await asyncio.sleep(0)
    yield 1


@mistake("await the coroutine")
async def runs_a_loop_within_a_loop() -> None:
    made = number()
    try:
        asyncio.run(made)
    finally:
        made.close()


@mistake("another")
async def waits_for_what_belongs_to_another_loop() -> None:
    other = asyncio.new_event_loop()
    try:
        await other.create_future()
    finally:
        other.close()


@mistake("another")
async def uses_a_loop_that_is_closed() -> None:
    other = asyncio.new_event_loop()
    other.close()
    other.call_soon(print)


@mistake("No event loop")
async def looks_for_a_loop_in_a_thread() -> None:
    await asyncio.to_thread(asyncio.get_running_loop)


def forgotten(use: Callable[[Any], object]) -> Mistake:
    async def use_it() -> None:
        made = number()
        try:
            use(made)
        finally:
            made.close()

    return use_it


MISTAKES |= {
    f"{what} of a coroutine": (forgotten(use), "not awaited")
    for what, use in {
        "takes an attribute": lambda made: made.status_code,
        "takes an item": lambda made: made["x"],
        "takes the length": len,
        "makes a list": list,
        "looks for something": lambda made: 1 in made,
    }.items()
}


@mistake("awaited once")
async def awaits_a_coroutine_twice() -> None:
    made = number()
    await made
    await made


@mistake("Two tasks read")
async def reads_a_generator_in_two_tasks() -> None:
    made: Any = numbers()
    await asyncio.gather(anext(made), anext(made))


@mistake("made of a coroutine")
async def makes_a_task_of_a_function() -> None:
    await asyncio.create_task(number)  # type: ignore[arg-type]


@mistake("plain value")
async def awaits_a_plain_value() -> None:
    await (await number())  # type: ignore[misc]


@mistake("`async for`")
async def iterates_over_a_generator() -> None:
    list(numbers())  # type: ignore[call-overload]


@mistake("what it yields")
async def takes_a_generator_for_what_it_yields() -> None:
    numbers().get("/")  # type: ignore[attr-defined]


@mistake("asynccontextmanager")
async def enters_a_generator() -> None:
    async with numbers():  # type: ignore[attr-defined]
        pass


@mistake("`async for`")
async def iterates_asynchronously_over_a_list() -> None:
    async for _ in [1]:  # type: ignore[attr-defined]
        pass


@mistake("`async with`")
async def enters_a_lock_without_async() -> None:
    with asyncio.Lock():  # type: ignore[attr-defined]
        pass


@mistake("make one of each")
async def waits_for_coroutines() -> None:
    made = number()
    try:
        await asyncio.wait([made])  # type: ignore[type-var]
    finally:
        made.close()


@mistake("nothing to wait for")
async def waits_for_nothing() -> None:
    await asyncio.wait([])


@mistake("await it")
async def takes_a_result_that_is_not_there() -> None:
    task = asyncio.ensure_future(number())
    try:
        task.result()
    finally:
        await task


@mistake("while it is open")
async def starts_a_task_after_the_group() -> None:
    async with asyncio.TaskGroup() as group:
        pass
    made = number()
    try:
        group.create_task(made)
    finally:
        made.close()


@mistake("was not taken")
async def releases_a_lock_that_is_free() -> None:
    asyncio.Lock().release()


@mistake("was not taken")
async def releases_a_bounded_semaphore_once_too_often() -> None:
    asyncio.BoundedSemaphore(1).release()


@mistake("was not taken")
async def releases_what_anyio_knows_to_be_free() -> None:
    anyio.CapacityLimiter(1).release()


@mistake("one `yield`")
async def yields_twice() -> None:
    @contextlib.contextmanager
    def twice() -> Iterator[None]:
        yield
        yield

    with twice():
        pass


# --- anyio ----------------------------------------------------------------------------


@mistake("other end")
async def sends_to_nobody() -> None:
    sender, receiver = anyio.create_memory_object_stream[int](0)
    receiver.close()
    with sender:
        await sender.send(1)


@mistake("other end")
async def receives_from_nobody() -> None:
    sender, receiver = anyio.create_memory_object_stream[int](0)
    sender.close()
    with receiver:
        await receiver.receive()


@mistake("does not wait")
async def takes_from_an_empty_queue() -> None:
    asyncio.Queue[int]().get_nowait()


# --- FastAPI --------------------------------------------------------------------------


async def answer(returned: Any, model: Any = None) -> None:
    app = FastAPI()

    @app.get("/", response_model=model)
    async def index() -> Any:
        return returned

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as asking:
        await asking.get("/")


@mistake("response model")
async def answers_what_its_model_does_not_allow() -> None:
    await answer("x", int)


@mistake("not awaited")
async def answers_a_coroutine() -> None:
    made = number()
    try:
        await answer(made)
    finally:
        made.close()


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MISTAKES)
async def test_the_advice_is_about_the_mistake(name: str) -> None:
    made, word = MISTAKES[name]
    with pytest.raises(Exception) as raised:  # noqa: PT011 - of any kind
        await made()
    failure = Failure(raised.type.__name__, str(raised.value))
    # What the mistake leaves behind is thrown away here, and not in another test.
    del raised
    gc.collect()
    known = known_error(failure)
    assert known is not None, failure
    assert word in known.advice, failure


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("PoolTimeout: ", "pool timeout"),
        ("ReadTimeout: ", "silent"),
        ("ConnectError: All connection attempts failed", "reached"),
        ("TimeoutError: QueuePool limit of size 5 overflow 10 reached", "pool are out"),
        ("InterfaceError: another operation is in progress", "two tasks"),
        ("AttributeError: 'State' object has no attribute 'client'", "lifespan"),
        ("FastAPIError: Response not awaited. There's a high chance", "one `yield`"),
        ("FastAPIError: Invalid args for response field!", "response_model=None"),
        ("Failed: 'test_x' requested an async fixture 'client'", "pytest_asyncio"),
    ],
)
def test_so_is_that_about_what_needs_a_world_to_happen(text: str, word: str) -> None:
    known = known_text(text)
    assert known is not None
    assert word in known.advice


@pytest.mark.parametrize(
    "text",
    [
        "KeyError: 'price'",
        "ServiceDown: labs",
        "ValueError: could not convert string to float: 'x'",
        "AssertionError: assert 404 == 200",
    ],
)
def test_what_speaks_for_itself_is_not_known(text: str) -> None:
    assert known_text(text) is None


@pytest.mark.parametrize(
    "known", KNOWN_ERRORS, ids=lambda one: one.pattern.pattern[:30]
)
def test_advice_is_short(known: KnownError) -> None:
    assert 0 < len(known.advice) <= 280
    assert known.advice[0].isupper() or known.advice[0] == "`"
    assert known.advice[-1] in ".?"


# --- what is told of a text -----------------------------------------------------------


def test_the_error_that_was_hidden_comes_first() -> None:
    first = Failure("ValueError", "no price")
    hiding = Failure("RuntimeError", "cannot close", None, first)
    assert (
        said(hiding)
        == "ValueError was raised: no price (and RuntimeError on the way out)"
    )


def test_a_known_part_of_a_long_text_is_told() -> None:
    message = "greenlet_spawn has not been called; was IO attempted somewhere?"
    text = f"{'5 validation errors ' * 20} ({message})\n[SQL: SELECT 1]"
    assert excerpt(text, "ResponseValidationError") == f"… {message})"


def test_of_another_long_text_both_ends_are_told() -> None:
    told = excerpt(f"it began {'and went on ' * 100} and ended")
    assert told.startswith("it began and")
    assert told.endswith("and ended")
    assert " … " in told
    assert len(told) < 300


def test_what_a_library_says_besides_is_not() -> None:
    text = (
        "(sqlite3.IntegrityError) UNIQUE failed\n[SQL: INSERT INTO x]\n(Background on "
        "this error at: https://x)"
    )
    assert excerpt(text) == "(sqlite3.IntegrityError) UNIQUE failed"
