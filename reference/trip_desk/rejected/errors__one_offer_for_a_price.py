"""Offers are sorted by way of a dict with the price as its key."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
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

Sessions = async_sessionmaker[AsyncSession]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    engine = create_async_engine(DATABASE_URL)
    try:
        await create_tables(engine)
        async with httpx.AsyncClient(timeout=3.0) as client:
            app.state.client = client
            app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
            app.state.metrics = {
                "quotes": {"complete": 0, "partial": 0, "failed": 0},
                "carriers": {
                    name: {"calls": 0, "missed": 0, "slowest": 0.0} for name in CARRIERS
                },
                "analytics": {"told": 0, "failed": 0},
            }
            yield
    finally:
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_client(request: Request) -> httpx.AsyncClient:
    client: httpx.AsyncClient = request.app.state.client
    return client


async def get_sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


async def get_metrics(request: Request) -> dict[str, Any]:
    metrics: dict[str, Any] = request.app.state.metrics
    return metrics


Client = Annotated[httpx.AsyncClient, Depends(get_client)]
SessionMaker = Annotated[Sessions, Depends(get_sessions)]
Numbers = Annotated[dict[str, Any], Depends(get_metrics)]


async def fare(client: httpx.AsyncClient, name: str, trip: Trip) -> Offer | Missing:
    try:
        response = await asyncio.wait_for(
            client.get(f"{CARRIERS[name]}/fares", params=trip.model_dump()), 3.0
        )
        response.raise_for_status()
        return Offer(carrier=name, price=response.json()["price"])
    except (TimeoutError, httpx.TimeoutException):
        return Missing(carrier=name, reason="timeout")
    except Exception:
        return Missing(carrier=name, reason="failed")


async def timed_fare(
    client: httpx.AsyncClient, name: str, trip: Trip, metrics: dict[str, Any]
) -> Offer | Missing:
    carrier = metrics["carriers"][name]
    started = time.monotonic()
    answer = await fare(client, name, trip)
    seconds = time.monotonic() - started
    carrier["calls"] += 1
    carrier["missed"] += isinstance(answer, Missing)
    carrier["slowest"] = max(carrier["slowest"], seconds)
    return answer


async def tell(quote_id: int, complete: bool, metrics: dict[str, Any]) -> None:
    try:
        await run_in_threadpool(report_quote, quote_id, complete)
        metrics["analytics"]["told"] += 1
    except AnalyticsError:
        metrics["analytics"]["failed"] += 1


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(
    trip: Trip,
    response: Response,
    background: BackgroundTasks,
    client: Client,
    sessions: SessionMaker,
    metrics: Numbers,
) -> Quote:
    answers = await asyncio.gather(
        *(timed_fare(client, name, trip, metrics) for name in CARRIERS)
    )
    by_price = {answer.price: answer for answer in answers if isinstance(answer, Offer)}
    offers = [by_price[price] for price in sorted(by_price)]
    missing = [answer for answer in answers if isinstance(answer, Missing)]
    if not offers:
        metrics["quotes"]["failed"] += 1
        raise HTTPException(504, "Nobody goes there, or nobody answers")
    quote = Quote(
        **trip.model_dump(),
        offers=[o.model_dump() for o in offers],
        missing=[m.model_dump() for m in missing],
        complete=not missing,
    )
    # The session is over before the answer begins, and long before analytics is told.
    try:
        async with sessions.begin() as session:
            session.add(quote)
    except Exception as exc:
        raise HTTPException(500, "The quote could not be stored") from exc
    metrics["quotes"]["partial" if missing else "complete"] += 1
    background.add_task(tell, quote.id, quote.complete, metrics)
    response.status_code = 200 if missing else 201
    return quote


@app.get("/quotes/{quote_id}", response_model=QuoteOut)
async def read_quote(quote_id: int, sessions: SessionMaker) -> Quote:
    quote = None
    if 0 < quote_id < 2**63:
        async with sessions() as session:
            quote = await session.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(404, "There is no such quote")
    return quote


@app.get("/metrics")
async def read_metrics(metrics: Numbers) -> dict[str, Any]:
    return metrics
