"""Commits behind the `yield` of a dependency, when the answer is already sent."""

import asyncio
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

state: dict[str, Any] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    engine = create_async_engine(DATABASE_URL)
    try:
        await create_tables(engine)
        async with httpx.AsyncClient(
            timeout=httpx.Timeout(3.0), limits=httpx.Limits(max_connections=None)
        ) as client:
            state["client"] = client
            state["sessions"] = async_sessionmaker(engine, expire_on_commit=False)
            state["metrics"] = {
                "quotes": {"complete": 0, "partial": 0, "failed": 0},
                "carriers": {
                    c: {"calls": 0, "missed": 0, "slowest": 0.0} for c in CARRIERS
                },
                "analytics": {"told": 0, "failed": 0},
            }
            yield
    finally:
        state.clear()
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_session() -> AsyncIterator[AsyncSession]:
    """A session for each request, committed at its end unless there was an error."""
    async with state["sessions"]() as session:
        yield session
        await session.commit()


Session = Annotated[AsyncSession, Depends(get_session)]


async def ask(carrier: str, trip: Trip) -> Offer | str:
    """The carrier's offer, or the reason why there is none."""
    now = asyncio.get_running_loop().time
    started = now()
    outcome: Offer | str
    try:
        async with asyncio.timeout(3):
            reply = await state["client"].get(
                CARRIERS[carrier] + "/fares",
                params={"origin": trip.origin, "destination": trip.destination},
            )
        if reply.status_code != 200:
            outcome = "failed"
        else:
            outcome = Offer(carrier=carrier, price=reply.json()["price"])
    except (TimeoutError, httpx.TimeoutException):
        outcome = "timeout"
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        outcome = "failed"

    entry = state["metrics"]["carriers"][carrier]
    entry["calls"] += 1
    entry["slowest"] = max(entry["slowest"], now() - started)
    if isinstance(outcome, str):
        entry["missed"] += 1
    return outcome


async def tell(quote_id: int, complete: bool) -> None:
    analytics = state["metrics"]["analytics"]
    try:
        await asyncio.to_thread(report_quote, quote_id, complete)
    except AnalyticsError:
        analytics["failed"] += 1
    else:
        analytics["told"] += 1


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(
    trip: Trip, response: Response, background: BackgroundTasks, session: Session
) -> Quote:
    outcomes = await asyncio.gather(*(ask(carrier, trip) for carrier in CARRIERS))
    offers = [o for o in outcomes if isinstance(o, Offer)]
    missing = [
        Missing(carrier=carrier, reason=outcome)
        for carrier, outcome in zip(CARRIERS, outcomes, strict=True)
        if isinstance(outcome, str)
    ]
    quotes = state["metrics"]["quotes"]
    if not offers:
        quotes["failed"] += 1
        raise HTTPException(504, "No carrier has an offer")

    quote = Quote(
        origin=trip.origin,
        destination=trip.destination,
        offers=[o.model_dump() for o in sorted(offers, key=lambda o: o.price)],
        missing=[m.model_dump() for m in missing],
        complete=not missing,
    )
    session.add(quote)
    await session.flush()  # the database makes the id

    background.add_task(tell, quote.id, quote.complete)
    if missing:
        quotes["partial"] += 1
        response.status_code = 200
    else:
        quotes["complete"] += 1
    return quote


@app.get("/quotes/{quote_id}", response_model=QuoteOut)
async def read_quote(quote_id: int, session: Session) -> Quote:
    quote = await session.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(404, "There is no such quote")
    return quote


@app.get("/metrics")
async def metrics() -> dict[str, Any]:
    metrics: dict[str, Any] = state["metrics"]
    return metrics
