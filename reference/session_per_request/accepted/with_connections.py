"""SQLAlchemy Core: a transaction for every request, and no session at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

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
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

engine = create_async_engine(DATABASE_URL)
books, loans = Book.__table__, Loan.__table__


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await create_tables(engine)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_connection() -> AsyncIterator[AsyncConnection]:
    async with engine.begin() as connection:
        yield connection


Database = Annotated[AsyncConnection, Depends(get_connection, scope="function")]


@app.post("/books", status_code=201, response_model=BookOut)
async def add_book(new: NewBook, connection: Database) -> Any:
    statement = insert(Book).values(**new.model_dump()).returning(*books.c)
    return (await connection.execute(statement)).one()


@app.get("/books", response_model=list[BookOut])
async def list_books(connection: Database) -> Any:
    return (await connection.execute(select(books).order_by(books.c.id))).all()


@app.get("/books/{book_id}", response_model=BookOut)
async def get_book(book_id: int, connection: Database) -> Any:
    found = await connection.execute(select(books).where(books.c.id == book_id))
    book = found.one_or_none()
    if book is None:
        raise HTTPException(404, "There is no such book")
    return book


@app.post("/books/{book_id}/loan", status_code=201, response_model=LoanOut)
async def lend_book(book_id: int, new: NewLoan, connection: Database) -> Any:
    book = await get_book(book_id, connection)
    if book.lent:
        raise HTTPException(409, "The book is lent")
    await connection.execute(update(Book).where(Book.id == book_id).values(lent=True))
    statement = insert(Loan).values(book_id=book_id, reader=new.reader)
    return (await connection.execute(statement.returning(*loans.c))).one()
