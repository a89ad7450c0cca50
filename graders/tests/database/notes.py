"""A small application with a table, for the tests of this package."""

from __future__ import annotations

from textwrap import dedent

_HEAD = """
import asyncio
import gc
import os
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.pool import NullPool, StaticPool

URL = os.environ["DATABASE_URL"]


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


engine = create_async_engine(URL)
factory = async_sessionmaker(engine)


@asynccontextmanager
async def lifespan(app):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)
"""


def app(endpoints: str) -> str:
    """The source of an application with these endpoints."""
    return _HEAD + dedent(endpoints)
