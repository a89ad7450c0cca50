"""Right: an exit stack for what the service owns, a task group for each quote.

Each task keeps its own deadline and its own errors, so the group is never cancelled.
The dependency commits with `scope="function"`: before the answer begins.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Annotated, Any

import anyio.to_thread
import httpx
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request, Response
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
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

FAILURES = (httpx.HTTPError, ValueError, KeyError)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        engine = create_async_engine(DATABASE_URL)
        stack.push_async_callback(engine.dispose)
        await create_tables(engine)
        app.state.client = await stack.enter_async_context(
            httpx.AsyncClient(timeout=httpx.Timeout(3.0))
        )
        app.state.new_session = async_sessionmaker(engine)
        app.state.quotes = dict.fromkeys(("complete", "partial", "failed"), 0)
        app.state.analytics = dict.fromkeys(("told", "failed"), 0)
        app.state.carriers = {
            name: {"calls": 0, "missed": 0, "slowest": 0.0} for name in CARRIERS
        }
        yield


app = FastAPI(lifespan=lifespan)


async def transaction(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.new_session.begin() as session:
        yield session


Writing = Annotated[AsyncSession, Depends(transaction, scope="function")]


@contextmanager
def measured(name: str) -> Iterator[None]:
    row = app.state.carriers[name]
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        yield
    finally:
        row["calls"] += 1
        row["slowest"] = max(row["slowest"], loop.time() - began)


async def ask(name: str, trip: Trip, fares: dict[str, int | str]) -> None:
    """Put the carrier's price into `fares`, or the reason why there is none."""
    with measured(name):
        try:
            async with asyncio.timeout(3):
                response = await app.state.client.get(
                    f"{CARRIERS[name]}/fares", params=dict(trip)
                )
            fares[name] = response.raise_for_status().json()["price"]
        except (TimeoutError, httpx.TimeoutException):
            fares[name] = "timeout"
        except FAILURES:
            fares[name] = "failed"
    app.state.carriers[name]["missed"] += isinstance(fares[name], str)


async def tell(quote_id: int, complete: bool) -> None:
    try:
        await anyio.to_thread.run_sync(report_quote, quote_id, complete)
    except AnalyticsError:
        app.state.analytics["failed"] += 1
    else:
        app.state.analytics["told"] += 1


@app.post("/quotes", status_code=201)
async def make_quote(
    trip: Trip, response: Response, background: BackgroundTasks, session: Writing
) -> QuoteOut:
    fares: dict[str, int | str] = {}
    async with asyncio.TaskGroup() as group:
        for name in CARRIERS:
            group.create_task(ask(name, trip, fares))

    priced = sorted(
        (fare, name) for name, fare in fares.items() if not isinstance(fare, str)
    )
    missing = [name for name in CARRIERS if isinstance(fares[name], str)]
    if not priced:
        app.state.quotes["failed"] += 1
        raise HTTPException(504)
    quote = Quote(
        origin=trip.origin,
        destination=trip.destination,
        offers=[{"carrier": name, "price": fare} for fare, name in priced],
        missing=[{"carrier": name, "reason": fares[name]} for name in missing],
        complete=not missing,
    )
    session.add(quote)
    await session.flush()
    app.state.quotes["partial" if missing else "complete"] += 1
    background.add_task(tell, quote.id, quote.complete)
    response.status_code = 200 if missing else 201
    return QuoteOut.model_validate(quote)


@app.get("/quotes/{quote_id}")
async def read_quote(quote_id: int, session: Writing) -> QuoteOut:
    quote = await session.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(404)
    return QuoteOut.model_validate(quote)


@app.get("/metrics")
async def metrics(request: Request) -> dict[str, Any]:
    state = request.app.state
    return {
        "quotes": state.quotes,
        "carriers": state.carriers,
        "analytics": state.analytics,
    }
