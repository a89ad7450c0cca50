"""A helper takes a second connection while the session holds one."""

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
new_session = async_sessionmaker(engine)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await create_tables(engine)
    yield
    await engine.dispose()


async def is_lent(book_id: int) -> bool | None:
    async with engine.connect() as connection:
        return await connection.scalar(select(Book.lent).where(Book.id == book_id))


app = FastAPI(lifespan=lifespan)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Database = Annotated[AsyncSession, Depends(get_session)]


@app.post("/books", status_code=201, response_model=BookOut)
async def add_book(new: NewBook, session: Database) -> Book:
    book = Book(title=new.title, author=new.author)
    session.add(book)
    await session.commit()
    await session.refresh(book)
    return book


@app.get("/books", response_model=list[BookOut])
async def list_books(session: Database) -> Sequence[Book]:
    return (await session.scalars(select(Book).order_by(Book.id))).all()


@app.get("/books/{book_id}", response_model=BookOut)
async def get_book(book_id: int, session: Database) -> Book:
    book = await session.get(Book, book_id)
    if book is None:
        raise HTTPException(404, f"There is no book {book_id}")
    return book


@app.post("/books/{book_id}/loan", status_code=201, response_model=LoanOut)
async def lend_book(book_id: int, new: NewLoan, session: Database) -> Loan:
    book = await get_book(book_id, session)
    if await is_lent(book_id):
        raise HTTPException(409, f"Book {book_id} is lent already")
    book.lent = True
    loan = Loan(book_id=book_id, reader=new.reader)
    session.add(loan)
    await session.commit()
    await session.refresh(loan)
    return loan
