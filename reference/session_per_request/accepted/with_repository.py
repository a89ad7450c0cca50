"""A repository around the session, `expire_on_commit=False`, and RETURNING."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
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
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine


class BookNotFound(Exception):
    pass


class BookIsLent(Exception):
    pass


class Library:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, new: NewBook) -> Book:
        made = await self.session.scalars(
            insert(Book).values(**new.model_dump()).returning(Book)
        )
        book = made.one()
        await self.session.commit()
        return book

    async def all(self) -> Sequence[Book]:
        return (await self.session.scalars(select(Book).order_by(Book.id))).all()

    async def get(self, book_id: int) -> Book:
        book = await self.session.get(Book, book_id)
        if book is None:
            raise BookNotFound
        return book

    async def lend(self, book_id: int, new: NewLoan) -> Loan:
        lent = await self.session.scalar(
            update(Book)
            .where(Book.id == book_id, Book.lent.is_(False))
            .values(lent=True)
            .returning(Book.id)
        )
        if lent is None:
            await self.get(book_id)
            raise BookIsLent
        loan = Loan(book_id=book_id, reader=new.reader)
        self.session.add(loan)
        await self.session.flush()
        await self.session.commit()
        return loan


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    engine = create_async_engine(DATABASE_URL)
    await create_tables(engine)
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    yield
    await engine.dispose()


async def get_library(request: Request) -> AsyncIterator[Library]:
    async with request.app.state.sessions() as session:
        try:
            yield Library(session)
        except BookNotFound:
            raise HTTPException(404, "no such book") from None
        except BookIsLent:
            raise HTTPException(409, "lent already") from None


router = APIRouter(prefix="/books")
OurLibrary = Annotated[Library, Depends(get_library)]


@router.post("", status_code=201, response_model=BookOut)
async def add_book(new: NewBook, library: OurLibrary) -> Book:
    return await library.add(new)


@router.get("", response_model=list[BookOut])
async def list_books(library: OurLibrary) -> Sequence[Book]:
    return await library.all()


@router.get("/{book_id}", response_model=BookOut)
async def get_book(book_id: int, library: OurLibrary) -> Book:
    return await library.get(book_id)


@router.post("/{book_id}/loan", status_code=201, response_model=LoanOut)
async def lend_book(book_id: int, new: NewLoan, library: OurLibrary) -> Loan:
    return await library.lend(book_id, new)


app = FastAPI(lifespan=lifespan)
app.include_router(router)
