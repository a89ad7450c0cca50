"""Plain `def` endpoints in threads, with a synchronous engine on the same file."""

from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from given import DATABASE_URL, Base, Book, BookOut, Loan, LoanOut, NewBook, NewLoan
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, sessionmaker

engine = create_engine(DATABASE_URL.replace("+aiosqlite", ""))
new_session = sessionmaker(engine)


@asynccontextmanager
async def lifespan(app: FastAPI) -> Any:
    Base.metadata.create_all(engine)
    yield
    engine.dispose()


app = FastAPI(lifespan=lifespan)


def get_session() -> Iterator[Session]:
    with new_session() as session:
        yield session


Database = Annotated[Session, Depends(get_session)]


@app.post("/books", status_code=201, response_model=BookOut)
def add_book(new: NewBook, session: Database) -> Book:
    book = Book(title=new.title, author=new.author)
    session.add(book)
    session.commit()
    # No `refresh`: a synchronous session may read expired attributes when asked.
    return book


@app.get("/books", response_model=list[BookOut])
def list_books(session: Database) -> Any:
    return session.scalars(select(Book).order_by(Book.id)).all()


@app.get("/books/{book_id}", response_model=BookOut)
def get_book(book_id: int, session: Database) -> Book:
    book = session.get(Book, book_id)
    if book is None:
        raise HTTPException(404, "There is no such book")
    return book


@app.post("/books/{book_id}/loan", status_code=201, response_model=LoanOut)
def lend_book(book_id: int, new: NewLoan, session: Database) -> Loan:
    book = get_book(book_id, session)
    if book.lent:
        raise HTTPException(409, "The book is lent")
    book.lent = True
    loan = Loan(book_id=book_id, reader=new.reader)
    session.add(loan)
    session.commit()
    return loan
