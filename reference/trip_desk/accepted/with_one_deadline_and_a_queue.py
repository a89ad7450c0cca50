"""Right: one deadline for the whole group of calls, and a worker for analytics.

What is there when the 3 s are over counts; the group has cancelled the rest. The worker
belongs to lifespan, which lets it finish before it ends it. SQL without a session.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Response
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
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine(DATABASE_URL)
made = {"complete": 0, "partial": 0, "failed": 0}
asked = {name: {"calls": 0, "missed": 0, "slowest": 0.0} for name in CARRIERS}
reports = {"told": 0, "failed": 0}


async def work(queue: asyncio.Queue[tuple[int, bool]]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        report = await queue.get()
        try:
            await loop.run_in_executor(None, report_quote, *report)
        except AnalyticsError:
            reports["failed"] += 1
        else:
            reports["told"] += 1
        finally:
            queue.task_done()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await create_tables(engine)
    app.state.queue = asyncio.Queue()
    worker = asyncio.create_task(work(app.state.queue))
    async with httpx.AsyncClient(timeout=None) as app.state.client:
        yield
    await app.state.queue.join()
    worker.cancel()
    await asyncio.wait([worker])
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def ask(name: str, trip: Trip, prices: dict[str, int], failed: set[str]) -> None:
    began = monotonic()
    try:
        url = httpx.URL(f"{CARRIERS[name]}/fares", params=trip.model_dump())
        response = await app.state.client.get(url)
        prices[name] = response.raise_for_status().json()["price"]
    except (httpx.HTTPError, ValueError):
        failed.add(name)
    finally:
        row = asked[name]
        row["calls"] += 1
        row["missed"] += name not in prices
        row["slowest"] = max(row["slowest"], monotonic() - began)


@app.post("/quotes")
async def make_quote(trip: Trip, response: Response) -> QuoteOut:
    prices: dict[str, int] = {}
    failed: set[str] = set()
    try:
        async with asyncio.timeout(3), asyncio.TaskGroup() as group:
            for name in CARRIERS:
                group.create_task(ask(name, trip, prices, failed))
    except TimeoutError:
        pass
    if not prices:
        made["failed"] += 1
        raise HTTPException(504)

    values = {
        **trip.model_dump(),
        "offers": [
            {"carrier": name, "price": prices[name]}
            for name in sorted(prices, key=prices.__getitem__)
        ],
        "missing": [
            {"carrier": name, "reason": "failed" if name in failed else "timeout"}
            for name in CARRIERS
            if name not in prices
        ],
        "complete": len(prices) == len(CARRIERS),
    }
    async with engine.begin() as connection:
        number = await connection.scalar(
            insert(Quote).values(values).returning(Quote.id)
        )
    made["complete" if values["complete"] else "partial"] += 1
    app.state.queue.put_nowait((number, values["complete"]))
    response.status_code = 201 if values["complete"] else 200
    return QuoteOut.model_validate({"id": number, **values})


@app.get("/quotes/{quote_id}")
async def read_quote(quote_id: int) -> QuoteOut:
    async with engine.connect() as connection:
        found = await connection.execute(
            select(Quote.__table__).where(Quote.id == quote_id)
        )
        row = found.one_or_none()
    if row is None:
        raise HTTPException(404)
    return QuoteOut.model_validate(row)


@app.get("/metrics")
async def metrics() -> dict[str, Any]:
    return {"quotes": made, "carriers": asked, "analytics": reports}
