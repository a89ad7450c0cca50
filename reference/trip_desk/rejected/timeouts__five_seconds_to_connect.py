"""The 3 s are for reading alone: `httpx.Timeout(5, read=3)` connects for 5."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

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


class Metrics:
    def __init__(self) -> None:
        self.quotes = {"complete": 0, "partial": 0, "failed": 0}
        self.analytics = {"told": 0, "failed": 0}
        self.carriers: dict[str, dict[str, Any]] = {
            name: {"calls": 0, "missed": 0, "slowest": 0.0} for name in CARRIERS
        }

    def called(self, name: str, seconds: float, missed: bool) -> None:
        carrier = self.carriers[name]
        carrier["calls"] += 1
        carrier["missed"] += int(missed)
        carrier["slowest"] = max(carrier["slowest"], seconds)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    engine = create_async_engine(DATABASE_URL)
    try:
        await create_tables(engine)
        app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
        app.state.metrics = Metrics()
        async with httpx.AsyncClient(
            timeout=httpx.Timeout(5.0, read=3.0),
            limits=httpx.Limits(max_connections=None),
        ) as client:
            app.state.client = client
            yield
    finally:
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with app.state.sessions() as session:
        yield session


Database = Annotated[AsyncSession, Depends(get_session)]


async def ask_carrier(name: str, address: str, trip: Trip) -> Offer | Missing:
    started = time.monotonic()
    result: Offer | Missing
    try:
        response = await app.state.client.get(
            f"{address}/fares",
            params={"origin": trip.origin, "destination": trip.destination},
        )
        if response.status_code != 200:
            result = Missing(carrier=name, reason="failed")
        else:
            result = Offer(carrier=name, price=response.json()["price"])
    except httpx.TimeoutException:
        result = Missing(carrier=name, reason="timeout")
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        result = Missing(carrier=name, reason="failed")
    seconds = time.monotonic() - started
    app.state.metrics.called(name, seconds, missed=isinstance(result, Missing))
    return result


async def tell_analytics(quote_id: int, complete: bool) -> None:
    try:
        await asyncio.to_thread(report_quote, quote_id, complete)
    except AnalyticsError:
        app.state.metrics.analytics["failed"] += 1
    else:
        app.state.metrics.analytics["told"] += 1


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(
    trip: Trip,
    response: Response,
    background: BackgroundTasks,
    session: Database,
) -> Quote:
    async with asyncio.TaskGroup() as tg:
        calls = [
            tg.create_task(ask_carrier(n, address, trip))
            for n, address in CARRIERS.items()
        ]

    offers, missing = [], []
    for call in calls:
        match call.result():
            case Offer() as offer:
                offers.append(offer)
            case Missing() as nothing:
                missing.append(nothing)
    if not offers:
        app.state.metrics.quotes["failed"] += 1
        raise HTTPException(504, "No carrier has an offer")

    quote = Quote(
        origin=trip.origin,
        destination=trip.destination,
        offers=[o.model_dump() for o in sorted(offers, key=lambda o: o.price)],
        missing=[m.model_dump() for m in missing],
        complete=len(missing) == 0,
    )
    session.add(quote)
    await session.commit()

    if quote.complete:
        app.state.metrics.quotes["complete"] += 1
    else:
        app.state.metrics.quotes["partial"] += 1
        response.status_code = 200
    background.add_task(tell_analytics, quote.id, quote.complete)
    return quote


@app.get("/quotes/{quote_id}", response_model=QuoteOut)
async def read_quote(quote_id: int, session: Database) -> Quote:
    quote = await session.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(404, "Unknown quote")
    return quote


@app.get("/metrics")
async def metrics() -> dict[str, Any]:
    m = app.state.metrics
    return {"quotes": m.quotes, "carriers": m.carriers, "analytics": m.analytics}
