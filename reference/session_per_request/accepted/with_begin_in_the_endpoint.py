"""No dependency: each endpoint opens a session that commits when its block ends."""

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
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

engine = create_async_engine(DATABASE_URL, poolclass=NullPool)
new_session = async_sessionmaker(engine)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await create_tables(engine)
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/books", status_code=201)
async def add_book(new: NewBook) -> BookOut:
    async with new_session.begin() as session:
        book = Book(title=new.title, author=new.author)
        session.add(book)
        await session.flush()
        await session.refresh(book)
        made = BookOut.model_validate(book)
    return made


@app.get("/books")
async def list_books() -> list[BookOut]:
    async with new_session() as session:
        books = await session.stream_scalars(select(Book).order_by(Book.id))
        return [BookOut.model_validate(book) async for book in books]


@app.get("/books/{book_id}")
async def get_book(book_id: int) -> BookOut:
    async with new_session() as session:
        book = await session.get(Book, book_id)
    if book is None:
        raise HTTPException(404, "There is no such book")
    return BookOut.model_validate(book)


@app.post("/books/{book_id}/loan", status_code=201)
async def lend_book(book_id: int, new: NewLoan) -> LoanOut:
    async with new_session() as session, session.begin():
        book = await session.get(Book, book_id, with_for_update=True)
        if book is None:
            raise HTTPException(404, "There is no such book")
        if book.lent:
            raise HTTPException(409, "The book is lent")
        loan = Loan(book_id=book_id, reader=new.reader)
        book.lent = True
        session.add(loan)
        await session.flush()
        made = LoanOut.model_validate(loan)
    return made
