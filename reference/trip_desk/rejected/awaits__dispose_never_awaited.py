"""The exit stack calls `engine.dispose` and awaits nothing: it is no plain callback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
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

PATIENCE = 3.0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        engine = create_async_engine(DATABASE_URL)
        stack.callback(engine.dispose)
        await create_tables(engine)
        app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
        app.state.client = await stack.enter_async_context(
            httpx.AsyncClient(timeout=None, limits=httpx.Limits(max_connections=None))
        )
        app.state.quotes = {"complete": 0, "partial": 0, "failed": 0}
        app.state.carriers = {
            name: {"calls": 0, "missed": 0, "slowest": 0.0} for name in CARRIERS
        }
        app.state.analytics = {"told": 0, "failed": 0}
        yield


app = FastAPI(lifespan=lifespan)


async def ask(name: str, address: str, trip: Trip) -> Offer | Missing:
    """One carrier's offer, or why there is none."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer: Offer | Missing
    try:
        async with asyncio.timeout(PATIENCE):
            response = await app.state.client.get(
                f"{address}/fares", params=trip.model_dump()
            )
        if response.status_code == 200:
            answer = Offer(carrier=name, price=response.json()["price"])
        else:
            answer = Missing(carrier=name, reason="failed")
    except (TimeoutError, httpx.TimeoutException):
        answer = Missing(carrier=name, reason="timeout")
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        answer = Missing(carrier=name, reason="failed")

    counts = app.state.carriers[name]
    counts["calls"] += 1
    counts["missed"] += isinstance(answer, Missing)
    counts["slowest"] = max(counts["slowest"], loop.time() - began)
    return answer


async def tell(quote_id: int, complete: bool) -> None:
    try:
        await asyncio.to_thread(report_quote, quote_id, complete)
    except AnalyticsError:
        app.state.analytics["failed"] += 1
    else:
        app.state.analytics["told"] += 1


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(
    trip: Trip, response: Response, background: BackgroundTasks
) -> Quote:
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(ask(name, url, trip)) for name, url in CARRIERS.items()
        ]
    answers = [task.result() for task in tasks]
    offers = sorted(
        (a for a in answers if isinstance(a, Offer)), key=lambda offer: offer.price
    )
    missing = [a for a in answers if isinstance(a, Missing)]
    if not offers:
        app.state.quotes["failed"] += 1
        raise HTTPException(504, "No carrier has an offer")

    quote = Quote(
        origin=trip.origin,
        destination=trip.destination,
        offers=[offer.model_dump() for offer in offers],
        missing=[m.model_dump() for m in missing],
        complete=not missing,
    )
    async with app.state.sessions() as session:
        session.add(quote)
        await session.commit()

    app.state.quotes["complete" if quote.complete else "partial"] += 1
    background.add_task(tell, quote.id, quote.complete)
    if missing:
        response.status_code = 200
    return quote


@app.get("/quotes/{quote_id}", response_model=QuoteOut)
async def read_quote(quote_id: int) -> Quote:
    async with app.state.sessions() as session:
        quote: Quote | None = await session.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(404, "No such quote")
    return quote


@app.get("/metrics")
async def metrics() -> dict[str, Any]:
    return {
        "quotes": app.state.quotes,
        "carriers": app.state.carriers,
        "analytics": app.state.analytics,
    }
