"""Wrong: the list of books ends after a hundred, unless a query asks for more."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query
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
sessions = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    try:
        await create_tables(engine)
        yield
    finally:
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:  # closing rolls back what was not committed
        yield session


Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


async def existing_book(book_id: int, session: Session) -> Book:
    book = None
    if -(2**63) <= book_id < 2**63:  # more than SQLite can be asked for
        book = await session.get(Book, book_id)
    if book is None:
        raise HTTPException(404, "No such book")
    return book


ExistingBook = Annotated[Book, Depends(existing_book)]


@app.post("/books", status_code=201, response_model=BookOut)
async def add_book(new: NewBook, session: Session) -> Book:
    book = Book(title=new.title, author=new.author)
    session.add(book)
    await session.flush()
    await session.refresh(book)
    await session.commit()
    return book


@app.get("/books", response_model=list[BookOut])
async def list_books(
    session: Session,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Sequence[Book]:
    page = select(Book).order_by(Book.id).offset(offset).limit(limit)
    return (await session.scalars(page)).all()


@app.get("/books/{book_id}", response_model=BookOut)
async def get_book(book: ExistingBook) -> Book:
    return book


@app.post("/books/{book_id}/loan", status_code=201, response_model=LoanOut)
async def lend_book(new: NewLoan, book: ExistingBook, session: Session) -> Loan:
    if book.lent:
        raise HTTPException(409, "The book is lent already")
    book.lent = True
    loan = Loan(book_id=book.id, reader=new.reader)
    session.add(loan)
    await session.flush()
    await session.refresh(loan)
    await session.commit()
    return loan
