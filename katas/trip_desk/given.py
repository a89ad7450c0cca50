"""Given: the carriers, the quotes' table, and analytics. Leave this file as it is.

`python given.py` runs the three carriers on this computer, to try things out.
"""

import asyncio
import os
import time
from typing import Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# --- carriers ---

_PRACTICE = os.environ.get("CARRIERS_URL")

# `GET {address}/fares?origin=…&destination=…` answers with JSON: {"price": 4200}.
CARRIERS = {
    name: f"{_PRACTICE}/{name}" if _PRACTICE else f"http://{name}.example"
    for name in ("rail", "coach", "ferry")
}

# --- the database ---

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///./trips.db")


class Base(DeclarativeBase):
    pass


class Quote(Base):
    """The database makes the `id` of a new one."""

    __tablename__ = "quotes"

    id: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[str]
    destination: Mapped[str]
    offers: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    missing: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    complete: Mapped[bool]


async def create_tables(engine: AsyncEngine) -> None:
    """Create the tables that do not exist yet."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


# --- what goes in and out ---


class Trip(BaseModel):
    origin: str
    destination: str


class Offer(BaseModel):
    carrier: str
    price: int


class Missing(BaseModel):
    """A carrier without an offer; `reason` is "timeout" or "failed"."""

    carrier: str
    reason: str


class QuoteOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    origin: str
    destination: str
    offers: list[Offer]
    missing: list[Missing]
    complete: bool


# --- analytics ---


class AnalyticsError(Exception):
    """Analytics did not take the report."""


def report_quote(quote_id: int, complete: bool) -> None:
    """Tell analytics of a stored quote. It blocks the thread that calls it.

    Raises:
        AnalyticsError: analytics did not take it. Here that is every tenth quote.
    """
    time.sleep(0.3)
    if quote_id % 10 == 0:
        raise AnalyticsError(f"no room for quote {quote_id}")


# --- carriers for trying things out ---

carriers = FastAPI()
_FARES = {"rail": 4200, "coach": 1900, "ferry": 3100}


@carriers.get("/{carrier}/fares")
async def _fares(carrier: str, origin: str, destination: str) -> dict[str, int]:
    """The ferry keeps silent about Zug; nobody but the rail goes to Bern."""
    if destination == "Zug" and carrier == "ferry":
        await asyncio.sleep(3.5)
    if destination == "Bern" and carrier != "rail":
        raise HTTPException(503, "Not today")
    await asyncio.sleep(0.1)
    return {"price": _FARES[carrier] + 100 * len(origin)}


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(carriers, port=8100)
