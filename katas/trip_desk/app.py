"""A trip desk: three carriers are asked, the quote is stored, analytics is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Response
from given import (
    CARRIERS,
    DATABASE_URL,
    AnalyticsError,
    Missing,
    Offer,
    Quote,
    QuoteOut,
    Trip,
    create_tables,
    report_quote,
)
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

app = FastAPI()

# TODO: what lives as long as the service: an HTTP client and a database engine.


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(trip: Trip) -> Quote:
    # TODO
    raise HTTPException(501, "Not written yet")


@app.get("/quotes/{quote_id}", response_model=QuoteOut)
async def read_quote(quote_id: int) -> Quote:
    # TODO
    raise HTTPException(501, "Not written yet")


@app.get("/metrics")
async def metrics() -> dict[str, Any]:
    # TODO
    raise HTTPException(501, "Not written yet")
