"""Closes its session behind the line that raises the 404."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import BackgroundTasks, FastAPI, HTTPException, Response
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
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from starlette.concurrency import run_in_threadpool

MAX_WAIT = 3


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.engine = create_async_engine(DATABASE_URL)
    app.state.new_session = async_sessionmaker(app.state.engine, expire_on_commit=False)
    app.state.http = httpx.AsyncClient(
        timeout=MAX_WAIT,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=30),
    )
    app.state.numbers = {
        "quotes": dict.fromkeys(("complete", "partial", "failed"), 0),
        "carriers": {
            name: {"calls": 0, "missed": 0, "slowest": 0.0} for name in CARRIERS
        },
        "analytics": {"told": 0, "failed": 0},
    }
    try:
        await create_tables(app.state.engine)
        yield
    finally:
        try:
            await app.state.http.aclose()
        finally:
            await app.state.engine.dispose()


app = FastAPI(lifespan=lifespan)


async def fare(carrier: str, trip: Trip) -> tuple[int | None, str]:
    """The price, or None and the reason."""
    url = f"{CARRIERS[carrier]}/fares"
    numbers = app.state.numbers["carriers"][carrier]
    numbers["calls"] += 1
    started = time.perf_counter()
    price, reason = None, "failed"
    try:
        async with asyncio.timeout(MAX_WAIT):
            answer = await app.state.http.get(url, params=trip.model_dump())
        if answer.status_code == 200:
            price = int(answer.json()["price"])
    except (TimeoutError, httpx.TimeoutException):
        reason = "timeout"
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        pass
    finally:
        numbers["slowest"] = max(numbers["slowest"], time.perf_counter() - started)
        if price is None:
            numbers["missed"] += 1
    return price, reason


async def report(quote_id: int, complete: bool) -> None:
    try:
        await run_in_threadpool(report_quote, quote_id, complete)
    except AnalyticsError:
        app.state.numbers["analytics"]["failed"] += 1
    else:
        app.state.numbers["analytics"]["told"] += 1


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(trip: Trip, response: Response, tasks: BackgroundTasks) -> Quote:
    fares = await asyncio.gather(*(fare(carrier, trip) for carrier in CARRIERS))
    offers: list[Offer] = []
    missing: list[Missing] = []
    for carrier, (price, reason) in zip(CARRIERS, fares, strict=True):
        if price is None:
            missing.append(Missing(carrier=carrier, reason=reason))
        else:
            offers.append(Offer(carrier=carrier, price=price))
    offers.sort(key=lambda offer: offer.price)

    numbers = app.state.numbers["quotes"]
    if not offers:
        numbers["failed"] += 1
        raise HTTPException(504, "No carrier answered")

    quote = Quote(
        origin=trip.origin,
        destination=trip.destination,
        offers=[offer.model_dump() for offer in offers],
        missing=[entry.model_dump() for entry in missing],
        complete=not missing,
    )
    session = app.state.new_session()
    try:
        session.add(quote)
        await session.commit()
    finally:
        await session.close()

    if missing:
        numbers["partial"] += 1
        response.status_code = 200
    else:
        numbers["complete"] += 1
    tasks.add_task(report, quote.id, quote.complete)
    return quote


@app.get("/quotes/{quote_id}", response_model=QuoteOut)
async def read_quote(quote_id: int) -> Quote:
    session = app.state.new_session()
    quote: Quote | None = await session.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(404, f"There is no quote {quote_id}")
    await session.close()
    return quote


@app.get("/metrics")
async def metrics() -> dict[str, Any]:
    numbers: dict[str, Any] = app.state.numbers
    return numbers
