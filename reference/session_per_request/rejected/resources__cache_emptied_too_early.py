"""A book that is lent leaves the cache before the commit, and comes back as it was."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
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
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

engine = create_async_engine(DATABASE_URL)
# What was read stays readable after a commit, while the answer is made.
open_session = async_sessionmaker(engine, expire_on_commit=False)

# Books are looked at often and change seldom. Who changes one takes it out.
books_read: dict[int, BookOut] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    books_read.clear()
    try:
        await create_tables(engine)
        yield
    finally:
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def session_of_request() -> AsyncIterator[AsyncSession]:
    # Leaving the block closes it: what was not committed is rolled back.
    async with open_session() as session:
        yield session


Db = Annotated[AsyncSession, Depends(session_of_request)]


async def find_book(book_id: int, session: Db) -> Book:
    book = await session.get(Book, book_id)
    if book is None:
        raise HTTPException(404, "No such book")
    return book


Found = Annotated[Book, Depends(find_book)]


@app.post("/books", status_code=201, response_model=BookOut)
async def add_book(new: NewBook, session: Db) -> Book:
    book = Book(title=new.title, author=new.author)
    session.add(book)
    await session.flush()
    await session.refresh(book)
    await session.commit()
    return book


@app.get("/books", response_model=list[BookOut])
async def list_books(session: Db) -> Sequence[Book]:
    return (await session.scalars(select(Book).order_by(Book.id))).all()


@app.get("/books/{book_id}", response_model=BookOut)
async def get_book(book_id: int, session: Db) -> BookOut:
    known = books_read.get(book_id)
    if known is None:
        book = await find_book(book_id, session)
        known = books_read[book_id] = BookOut.model_validate(book)
    return known


@app.post("/books/{book_id}/loan", status_code=201, response_model=LoanOut)
async def lend_book(book: Found, new: NewLoan, session: Db) -> Loan:
    if book.lent:
        raise HTTPException(409, "Somebody else has it")
    loan = Loan(book_id=book.id, reader=new.reader)
    session.add(loan)
    book.lent = True
    await session.flush()
    await session.refresh(loan)
    books_read.pop(book.id, None)
    await session.commit()
    return loan
