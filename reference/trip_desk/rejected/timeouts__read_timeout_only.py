"""Wrong: who cannot be connected to has run out of time as well, and is 'failed'."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Response
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


@dataclass
class Calls:
    calls: int = 0
    missed: int = 0
    slowest: float = 0.0


by_carrier = {name: Calls() for name in CARRIERS}
by_outcome = {"complete": 0, "partial": 0, "failed": 0}
told = {"told": 0, "failed": 0}
reports: set[asyncio.Task[None]] = set()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        engine = create_async_engine(DATABASE_URL)
        stack.push_async_callback(engine.dispose)
        await create_tables(engine)
        app.state.session = async_sessionmaker(engine, expire_on_commit=False)
        app.state.http = await stack.enter_async_context(
            httpx.AsyncClient(
                timeout=httpx.Timeout(3.0, pool=None),
                limits=httpx.Limits(max_connections=None),
            )
        )
        yield
        while reports:
            await asyncio.wait(set(reports))


app = FastAPI(lifespan=lifespan)


async def get_fare(carrier: str, trip: Trip) -> Offer | Missing:
    stats = by_carrier[carrier]
    stats.calls += 1
    started = time.monotonic()
    try:
        response = await app.state.http.get(
            f"{CARRIERS[carrier]}/fares",
            params={"origin": trip.origin, "destination": trip.destination},
        )
        response.raise_for_status()
        return Offer(carrier=carrier, price=response.json()["price"])
    except httpx.ReadTimeout:
        stats.missed += 1
        return Missing(carrier=carrier, reason="timeout")
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        stats.missed += 1
        return Missing(carrier=carrier, reason="failed")
    finally:
        stats.slowest = max(stats.slowest, time.monotonic() - started)


async def tell_analytics(quote_id: int, complete: bool) -> None:
    try:
        await asyncio.to_thread(report_quote, quote_id, complete)
    except AnalyticsError:
        told["failed"] += 1
        return
    told["told"] += 1


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(trip: Trip, response: Response) -> Quote:
    async with asyncio.TaskGroup() as tg:
        tasks = [tg.create_task(get_fare(carrier, trip)) for carrier in CARRIERS]
    results = [task.result() for task in tasks]
    offers = [r.model_dump() for r in results if isinstance(r, Offer)]
    missing = [r.model_dump() for r in results if isinstance(r, Missing)]

    if len(offers) == 0:
        by_outcome["failed"] += 1
        raise HTTPException(status_code=504, detail="no carrier answered")

    offers.sort(key=lambda o: o["price"])
    async with app.state.session() as db:
        quote = Quote(
            origin=trip.origin,
            destination=trip.destination,
            offers=offers,
            missing=missing,
            complete=missing == [],
        )
        db.add(quote)
        await db.commit()

    report = asyncio.create_task(tell_analytics(quote.id, quote.complete))
    reports.add(report)
    report.add_done_callback(reports.discard)

    if quote.complete:
        by_outcome["complete"] += 1
    else:
        by_outcome["partial"] += 1
        response.status_code = 200
    return quote


@app.get("/quotes/{quote_id}", response_model=QuoteOut)
async def read_quote(quote_id: int) -> Quote:
    async with app.state.session() as db:
        quote: Quote | None = await db.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(status_code=404, detail="no such quote")
    return quote


@app.get("/metrics")
async def metrics() -> dict[str, Any]:
    return {
        "quotes": by_outcome,
        "carriers": {name: asdict(calls) for name, calls in by_carrier.items()},
        "analytics": told,
    }
