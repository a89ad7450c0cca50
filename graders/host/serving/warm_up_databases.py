"""Does once what submissions do with a database; done by being imported.

See `warm_up`. Its annotations are not strings: SQLAlchemy reads them.
"""

import warnings
from datetime import datetime

from sqlalchemy import ForeignKey, create_engine, delete, func, select, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())


def rehearse() -> None:
    """Make tables, write, read and change, without a thread."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Shelf(name="x"))
        session.commit()
        session.add(Book(shelf_id=1))
        session.flush()
        session.scalars(select(Book).where(Book.id == 1).order_by(Book.id)).all()
        session.get(Shelf, 1)
        session.execute(update(Shelf).where(Shelf.id == 1).values(name="y"))
        session.execute(delete(Book))
        session.rollback()
    engine.dispose()
    async_sessionmaker(create_async_engine("sqlite+aiosqlite://"))


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    rehearse()
