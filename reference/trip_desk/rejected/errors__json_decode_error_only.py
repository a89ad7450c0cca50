"""Catches `JSONDecodeError`, and bytes that are no text raise `UnicodeDecodeError`."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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


def no_numbers() -> dict[str, Any]:
    return {
        "quotes": {"complete": 0, "partial": 0, "failed": 0},
        "carriers": {
            name: {"calls": 0, "missed": 0, "slowest": 0.0} for name in CARRIERS
        },
        "analytics": {"told": 0, "failed": 0},
    }


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    engine = create_async_engine(DATABASE_URL)
    try:
        await create_tables(engine)
        app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
        app.state.numbers = no_numbers()
        limits = httpx.Limits(max_connections=None)
        # The group waits for the reports that are still on their way.
        async with (
            httpx.AsyncClient(timeout=None, limits=limits) as app.state.client,
            asyncio.TaskGroup() as app.state.reports,
        ):
            yield
    finally:
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def ask(name: str, trip: Trip) -> Offer | Missing:
    started = time.monotonic()
    try:
        async with asyncio.timeout(3):
            response = await app.state.client.get(
                f"{CARRIERS[name]}/fares", params=trip.model_dump()
            )
    except (TimeoutError, httpx.TimeoutException):
        return note(started, Missing(carrier=name, reason="timeout"))
    except httpx.TransportError:
        return note(started, Missing(carrier=name, reason="failed"))

    if response.status_code != 200:
        return note(started, Missing(carrier=name, reason="failed"))
    try:
        offer = Offer(carrier=name, price=response.json()["price"])
    except (json.JSONDecodeError, KeyError, TypeError):
        return note(started, Missing(carrier=name, reason="failed"))
    return note(started, offer)


def note(started: float, outcome: Offer | Missing) -> Offer | Missing:
    """Count a call that has ended."""
    numbers = app.state.numbers["carriers"][outcome.carrier]
    numbers["calls"] += 1
    if isinstance(outcome, Missing):
        numbers["missed"] += 1
    numbers["slowest"] = max(numbers["slowest"], time.monotonic() - started)
    return outcome


async def tell(quote_id: int, complete: bool) -> None:
    numbers = app.state.numbers["analytics"]
    try:
        await asyncio.to_thread(report_quote, quote_id, complete)
    except AnalyticsError:
        numbers["failed"] += 1
    else:
        numbers["told"] += 1


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(trip: Trip, response: Response) -> Quote:
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(ask(name, trip)) for name in CARRIERS]
    outcomes = [call.result() for call in calls]
    offers = sorted(
        (o for o in outcomes if isinstance(o, Offer)), key=lambda o: o.price
    )
    missing = [o for o in outcomes if isinstance(o, Missing)]
    if not offers:
        app.state.numbers["quotes"]["failed"] += 1
        raise HTTPException(504, "No offers for this trip")

    async with app.state.sessions() as session, session.begin():
        quote = Quote(
            origin=trip.origin,
            destination=trip.destination,
            offers=[o.model_dump() for o in offers],
            missing=[m.model_dump() for m in missing],
            complete=not missing,
        )
        session.add(quote)

    app.state.reports.create_task(tell(quote.id, quote.complete))
    app.state.numbers["quotes"]["partial" if missing else "complete"] += 1
    response.status_code = 200 if missing else 201
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
    numbers: dict[str, Any] = app.state.numbers
    return numbers
