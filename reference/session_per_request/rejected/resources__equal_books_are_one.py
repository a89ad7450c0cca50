"""Two requests that add equal books at once are answered with one row."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from given import (
    DATABASE_URL,
    Book,
    BookOut,
    Loan,
    LoanOut,
    NewBook,
    NewLoan,
    create_tables,
)
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

engine = create_async_engine(DATABASE_URL)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    try:
        await create_tables(engine)
        yield
    finally:
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def save_book(new: NewBook) -> BookOut:
    async with AsyncSession(engine) as session, session.begin():
        made = await session.scalars(
            insert(Book).values(title=new.title, author=new.author).returning(Book)
        )
        answer = BookOut.model_validate(made.one())
    # Here it is committed, and the session is closed.
    return answer


# Impatient readers click twice.
being_saved: dict[tuple[str, str], asyncio.Task[BookOut]] = {}


@app.post("/books", status_code=201)
async def add_book(new: NewBook) -> BookOut:
    key = (new.title, new.author)
    task = being_saved.get(key)
    if task is None:
        task = being_saved[key] = asyncio.create_task(save_book(new))

        def saved(done: asyncio.Task[BookOut]) -> None:
            del being_saved[key]
            if not done.cancelled():
                done.exception()  # whoever waits for it gets it too

        task.add_done_callback(saved)
    return await asyncio.shield(task)


@app.get("/books")
async def list_books() -> list[BookOut]:
    async with AsyncSession(engine) as session:
        books = await session.scalars(select(Book).order_by(Book.id))
        return [BookOut.model_validate(book) for book in books]


@app.get("/books/{book_id}")
async def get_book(book_id: int) -> BookOut:
    async with AsyncSession(engine) as session:
        book = await session.get(Book, book_id)
        if book is None:
            raise HTTPException(404, "No such book")
        return BookOut.model_validate(book)


@app.post("/books/{book_id}/loan", status_code=201)
async def lend_book(book_id: int, new: NewLoan) -> LoanOut:
    async with AsyncSession(engine) as session, session.begin():
        lent = await session.scalar(
            update(Book)
            .where(Book.id == book_id, Book.lent.is_(False))
            .values(lent=True)
            .returning(Book.id)
            .execution_options(synchronize_session=False)
        )
        if lent is None:
            known = await session.scalar(select(Book.id).where(Book.id == book_id))
            if known is None:
                raise HTTPException(404, "No such book")
            raise HTTPException(409, "Somebody else has it")
        made = await session.scalars(
            insert(Loan).values(book_id=book_id, reader=new.reader).returning(Loan)
        )
        answer = LoanOut.model_validate(made.one())
    return answer
