"""Reports are tasks of their own, which shutdown awaits, in threads of their own."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from operator import itemgetter
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from given import (
    CARRIERS,
    DATABASE_URL,
    AnalyticsError,
    Offer,
    Quote,
    QuoteOut,
    Trip,
    create_tables,
    report_quote,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

logger = logging.getLogger("trip_desk")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    state = app.state
    state.numbers = {
        "quotes": {"complete": 0, "partial": 0, "failed": 0},
        "carriers": {
            name: {"calls": 0, "missed": 0, "slowest": 0.0} for name in CARRIERS
        },
        "analytics": {"told": 0, "failed": 0},
    }
    engine = create_async_engine(DATABASE_URL)
    try:
        await create_tables(engine)
        state.new_session = async_sessionmaker(engine, expire_on_commit=False)
        # No limit: a crowd of customers must not wait for a free connection.
        no_limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        # Threads of their own: asyncio's are needed to look up the carriers' addresses.
        threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="analytics")
        state.reports = set()
        state.report_threads = threads
        async with httpx.AsyncClient(limits=no_limits, timeout=None) as client:
            state.client = client
            try:
                yield
            finally:
                if state.reports:
                    await asyncio.wait(state.reports)
                threads.shutdown()  # All of them are idle by now.
    finally:
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


# --- carriers ---


async def get_price(name: str, address: str, trip: Trip) -> int:
    """Raises httpx's errors, or ValueError when it is not a proper answer."""
    query = {"origin": trip.origin, "destination": trip.destination}
    reply = await app.state.client.get(f"{address}/fares", params=query)
    if reply.status_code != 200:
        raise ValueError(f"status {reply.status_code}")
    fare = reply.json()
    if not isinstance(fare, dict) or "price" not in fare:
        raise ValueError("no price in the answer")
    return Offer(carrier=name, price=fare["price"]).price  # A number, or ValueError.


async def ask(name: str, address: str, trip: Trip) -> tuple[str, int | None, str]:
    """The carrier's name, its price if there is one, and why not if there is none."""
    price, reason = None, ""
    start = time.monotonic()
    try:
        price = await asyncio.wait_for(get_price(name, address, trip), timeout=3)
    except (TimeoutError, httpx.TimeoutException):
        reason = "timeout"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        reason = "failed"
        logger.info("no fare from %s: %s", name, error)
    took = time.monotonic() - start

    numbers = app.state.numbers["carriers"][name]
    numbers["calls"] += 1
    numbers["slowest"] = max(numbers["slowest"], took)
    if reason:
        numbers["missed"] += 1
    return name, price, reason


# --- analytics ---


async def tell_analytics(quote_id: int, complete: bool) -> None:
    numbers = app.state.numbers["analytics"]
    loop = asyncio.get_running_loop()
    try:
        await loop.run_in_executor(
            app.state.report_threads, report_quote, quote_id, complete
        )
    except Exception as error:
        numbers["failed"] += 1
        expected = isinstance(error, AnalyticsError)
        logger.warning(
            "quote %d not reported: %s", quote_id, error, exc_info=not expected
        )
    else:
        numbers["told"] += 1


def tell_analytics_soon(quote_id: int, complete: bool) -> None:
    """Begin to tell it. The task is kept until it is done; shutdown waits for it."""
    task = asyncio.create_task(tell_analytics(quote_id, complete))
    app.state.reports.add(task)
    task.add_done_callback(app.state.reports.discard)


# --- the desk ---


async def store(quote: Quote) -> None:
    try:
        async with app.state.new_session.begin() as session:
            session.add(quote)
    except SQLAlchemyError as error:
        logger.exception("a quote was not stored")
        raise HTTPException(503, "The quote could not be stored") from error


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(trip: Trip) -> JSONResponse:
    results = await asyncio.gather(
        *(ask(name, at, trip) for name, at in CARRIERS.items())
    )
    offers: list[dict[str, Any]] = [
        {"carrier": name, "price": price}
        for name, price, _ in results
        if price is not None
    ]
    offers.sort(key=itemgetter("price"))
    missing = [
        {"carrier": name, "reason": reason} for name, _, reason in results if reason
    ]
    count = app.state.numbers["quotes"]
    if not offers:
        count["failed"] += 1
        raise HTTPException(504, "None of the carriers made an offer")

    complete = len(missing) == 0
    quote = Quote(
        origin=trip.origin,
        destination=trip.destination,
        offers=offers,
        missing=missing,
        complete=complete,
    )
    await store(quote)
    count["complete" if complete else "partial"] += 1
    tell_analytics_soon(quote.id, complete)
    body = QuoteOut.model_validate(quote).model_dump()
    return JSONResponse(body, status_code=201 if complete else 200)


@app.get("/quotes/{quote_id}")
async def read_quote(quote_id: int) -> QuoteOut:
    if quote_id < 1 or quote_id >= 2**63:  # The database makes no such id.
        raise HTTPException(404, "There is no such quote")
    async with app.state.new_session() as session:
        quote = await session.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(404, "There is no such quote")
    return QuoteOut.model_validate(quote)


@app.get("/metrics")
async def metrics() -> dict[str, Any]:
    numbers: dict[str, Any] = app.state.numbers
    return numbers
