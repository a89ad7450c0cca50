"""Wrong: the dependency that finds the book opens a session of its own."""

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
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

engine = create_async_engine(DATABASE_URL)
Sessions = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await create_tables(engine)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with Sessions() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]


async def existing_book(book_id: int) -> Book:
    """The book of the path, or 404."""
    async with Sessions() as session:
        book = await session.get(Book, book_id)
    if book is None:
        raise HTTPException(404, "No such book")
    return book


ExistingBook = Annotated[Book, Depends(existing_book)]


@app.post("/books", status_code=201, response_model=BookOut)
async def add_book(new: NewBook, session: SessionDep) -> Book:
    book = Book(title=new.title, author=new.author)
    session.add(book)
    await session.flush()
    await session.refresh(book)
    await session.commit()
    return book


@app.get("/books", response_model=list[BookOut])
async def list_books(session: SessionDep) -> Sequence[Book]:
    return (await session.scalars(select(Book).order_by(Book.id))).all()


@app.get("/books/{book_id}", response_model=BookOut)
async def get_book(book: ExistingBook) -> Book:
    return book


@app.post("/books/{book_id}/loan", status_code=201, response_model=LoanOut)
async def lend_book(book: ExistingBook, new: NewLoan, session: SessionDep) -> Loan:
    taken = await session.scalar(
        update(Book)
        .where(Book.id == book.id, Book.lent.is_(False))
        .values(lent=True)
        .returning(Book.id)
    )
    if taken is None:
        raise HTTPException(409, "Lent already")
    loan = Loan(book_id=book.id, reader=new.reader)
    session.add(loan)
    await session.flush()
    await session.refresh(loan)
    await session.commit()
    return loan
