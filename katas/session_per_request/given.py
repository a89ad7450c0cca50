"""Given: the library's tables, and what goes in and out. Leave this file as it is."""

import os
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, false, func
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///./library.db")


class Base(DeclarativeBase):
    pass


class Book(Base):
    """The database makes `id`, `lent` and `created_at` of a new one."""

    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author: Mapped[str]
    lent: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Loan(Base):
    """The database makes `id` and `lent_at` of a new one."""

    __tablename__ = "loans"

    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"))
    reader: Mapped[str]
    lent_at: Mapped[datetime] = mapped_column(server_default=func.now())


async def create_tables(engine: AsyncEngine) -> None:
    """Create the tables that do not exist yet."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


class NewBook(BaseModel):
    title: str
    author: str


class BookOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    author: str
    lent: bool
    created_at: datetime


class NewLoan(BaseModel):
    reader: str


class LoanOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    book_id: int
    reader: str
    lent_at: datetime
