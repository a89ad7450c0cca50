"""Right: `gather` returns the exceptions, and one function tells them apart."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import BackgroundTasks, FastAPI, HTTPException
from fastapi.responses import JSONResponse
from given import (
    CARRIERS,
    DATABASE_URL,
    AnalyticsError,
    Quote,
    QuoteOut,
    Trip,
    create_tables,
    report_quote,
)
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

engine = create_async_engine(DATABASE_URL)
new_session = async_sessionmaker(engine, expire_on_commit=False)
numbers: dict[str, dict[str, Any]] = {
    "quotes": {"complete": 0, "partial": 0, "failed": 0},
    "carriers": {name: {"calls": 0, "missed": 0, "slowest": 0.0} for name in CARRIERS},
    "analytics": {"told": 0, "failed": 0},
}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.client = httpx.AsyncClient()
    try:
        await create_tables(engine)
        yield
    finally:
        await app.state.client.aclose()
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def fare(name: str, trip: Trip) -> int:
    row = numbers["carriers"][name]
    began = time.monotonic()
    row["calls"] += 1
    try:
        response = await app.state.client.get(
            f"{CARRIERS[name]}/fares", params=trip.model_dump(), timeout=10
        )
        if response.status_code != 200:
            raise ValueError(f"{name} answers {response.status_code}")
        return int(response.json()["price"])
    except BaseException:
        row["missed"] += 1
        raise
    finally:
        row["slowest"] = max(row["slowest"], time.monotonic() - began)


def reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "timeout"
    if isinstance(error, httpx.TransportError | ValueError):
        return "failed"
    raise error


def tell(quote_id: int, complete: bool) -> None:
    try:
        report_quote(quote_id, complete)
    except AnalyticsError:
        numbers["analytics"]["failed"] += 1
    else:
        numbers["analytics"]["told"] += 1


@app.post("/quotes")
async def make_quote(trip: Trip, background: BackgroundTasks) -> JSONResponse:
    results = await asyncio.gather(
        *(asyncio.wait_for(fare(name, trip), 3) for name in CARRIERS),
        return_exceptions=True,
    )
    offers: list[dict[str, Any]] = []
    missing = []
    for name, result in zip(CARRIERS, results, strict=True):
        if isinstance(result, BaseException):
            missing.append({"carrier": name, "reason": reason(result)})
        else:
            offers.append({"carrier": name, "price": result})
    if not offers:
        numbers["quotes"]["failed"] += 1
        return JSONResponse({"missing": missing}, 504)

    offers.sort(key=lambda offer: int(offer["price"]))
    async with new_session.begin() as session:
        quote = Quote(
            **trip.model_dump(), offers=offers, missing=missing, complete=not missing
        )
        session.add(quote)
    numbers["quotes"]["partial" if missing else "complete"] += 1
    background.add_task(tell, quote.id, quote.complete)
    body = QuoteOut.model_validate(quote).model_dump()
    return JSONResponse(body, 200 if missing else 201, background=background)


@app.get("/quotes/{quote_id}")
async def read_quote(quote_id: int) -> QuoteOut:
    async with new_session() as session:
        quote = await session.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(404)
    return QuoteOut.model_validate(quote)


@app.get("/metrics")
async def metrics() -> dict[str, dict[str, Any]]:
    return numbers
