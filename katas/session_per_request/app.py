"""Library loans: every request has a database session of its own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

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


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await create_tables(engine)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)

# TODO: a dependency that gives each request a session, and ends it.


@app.post("/books", status_code=201, response_model=BookOut)
async def add_book(new: NewBook) -> Book:
    # TODO
    raise HTTPException(501, "Not written yet")


@app.get("/books", response_model=list[BookOut])
async def list_books() -> Sequence[Book]:
    # TODO
    raise HTTPException(501, "Not written yet")


@app.get("/books/{book_id}", response_model=BookOut)
async def get_book(book_id: int) -> Book:
    # TODO
    raise HTTPException(501, "Not written yet")


@app.post("/books/{book_id}/loan", status_code=201, response_model=LoanOut)
async def lend_book(book_id: int, new: NewLoan) -> Loan:
    # TODO
    raise HTTPException(501, "Not written yet")
