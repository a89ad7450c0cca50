"""A new book is looked up by its title and author, which an older one may have."""

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


app = FastAPI(lifespan=lifespan)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Database = Annotated[AsyncSession, Depends(get_session)]


@app.post("/books", status_code=201, response_model=BookOut)
async def add_book(new: NewBook, session: Database) -> Book | None:
    session.add(Book(title=new.title, author=new.author))
    await session.commit()
    same = (Book.title == new.title, Book.author == new.author)
    return (await session.scalars(select(Book).where(*same))).first()


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
    if book.lent:
        raise HTTPException(409, f"Book {book_id} is lent already")
    book.lent = True
    loan = Loan(book_id=book_id, reader=new.reader)
    session.add(loan)
    await session.commit()
    await session.refresh(loan)
    return loan
