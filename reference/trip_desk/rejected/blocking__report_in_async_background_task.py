"""The background task is an `async def`, and so `report_quote` runs on the loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request, Response
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

Counts = dict[str, Any]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    engine = create_async_engine(DATABASE_URL)
    limits = httpx.Limits(max_connections=None)
    try:
        await create_tables(engine)
        async with httpx.AsyncClient(timeout=3.0, limits=limits) as client:
            yield {
                "client": client,
                "sessions": async_sessionmaker(engine, expire_on_commit=False),
                "counts": {
                    "quotes": {"complete": 0, "partial": 0, "failed": 0},
                    "carriers": {
                        n: {"calls": 0, "missed": 0, "slowest": 0.0} for n in CARRIERS
                    },
                    "analytics": {"told": 0, "failed": 0},
                },
            }
    finally:
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


def get_client(request: Request) -> httpx.AsyncClient:
    client: httpx.AsyncClient = request.state.client
    return client


def get_counts(request: Request) -> Counts:
    counts: Counts = request.state.counts
    return counts


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.state.sessions() as session:
        yield session


ClientDep = Annotated[httpx.AsyncClient, Depends(get_client)]
CountsDep = Annotated[Counts, Depends(get_counts)]
SessionDep = Annotated[AsyncSession, Depends(get_session)]


async def get_offer(
    client: httpx.AsyncClient, name: str, trip: Trip
) -> Offer | Missing:
    try:
        async with asyncio.timeout(3):
            answer = await client.get(
                f"{CARRIERS[name]}/fares", params=trip.model_dump()
            )
        if answer.status_code != 200:
            return Missing(carrier=name, reason="failed")
        return Offer(carrier=name, price=answer.json()["price"])
    except (TimeoutError, httpx.TimeoutException):
        return Missing(carrier=name, reason="timeout")
    except (httpx.RequestError, ValueError, KeyError, TypeError):
        return Missing(carrier=name, reason="failed")


async def timed_offer(
    client: httpx.AsyncClient, name: str, trip: Trip, counts: Counts
) -> Offer | Missing:
    clock = asyncio.get_running_loop().time
    start = clock()
    result = await get_offer(client, name, trip)
    carrier = counts["carriers"][name]
    carrier["calls"] += 1
    carrier["slowest"] = max(carrier["slowest"], clock() - start)
    if isinstance(result, Missing):
        carrier["missed"] += 1
    return result


async def tell_analytics(quote_id: int, complete: bool, counts: Counts) -> None:
    """Runs after the answer, so the customer does not wait for it."""
    try:
        report_quote(quote_id, complete)
    except AnalyticsError:
        counts["analytics"]["failed"] += 1
    else:
        counts["analytics"]["told"] += 1


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(
    trip: Trip,
    response: Response,
    background: BackgroundTasks,
    client: ClientDep,
    counts: CountsDep,
    session: SessionDep,
) -> Quote:
    results = await asyncio.gather(
        *[timed_offer(client, n, trip, counts) for n in CARRIERS]
    )
    offers = sorted((r for r in results if isinstance(r, Offer)), key=lambda o: o.price)
    missing = [r for r in results if isinstance(r, Missing)]
    if not offers:
        counts["quotes"]["failed"] += 1
        raise HTTPException(504, "No offers")

    quote = Quote(
        **trip.model_dump(),
        offers=[o.model_dump() for o in offers],
        missing=[m.model_dump() for m in missing],
        complete=not missing,
    )
    session.add(quote)
    await session.commit()

    counts["quotes"]["partial" if missing else "complete"] += 1
    background.add_task(tell_analytics, quote.id, quote.complete, counts)
    response.status_code = 200 if missing else 201
    return quote


@app.get("/quotes/{quote_id}", response_model=QuoteOut)
async def read_quote(quote_id: int, session: SessionDep) -> Quote:
    quote = await session.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(404, "No such quote")
    return quote


@app.get("/metrics")
async def metrics(counts: CountsDep) -> Counts:
    return counts
