"""Which carriers are missing is kept in the module, for metrics to come."""

import asyncio
import logging
import time
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

PATIENCE = 3.0

log = logging.getLogger(__name__)
engine = create_async_engine(DATABASE_URL)
new_session = async_sessionmaker(engine)

quotes = {"complete": 0, "partial": 0, "failed": 0}
carriers = {name: {"calls": 0, "missed": 0, "slowest": 0.0} for name in CARRIERS}
analytics = {"told": 0, "failed": 0}
missing: list[Missing] = []


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await create_tables(engine)
    async with httpx.AsyncClient(timeout=None) as client:
        app.state.client = client
        yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Database = Annotated[AsyncSession, Depends(get_session)]


async def ask(client: httpx.AsyncClient, name: str, trip: Trip) -> Offer | Missing:
    began = time.perf_counter()
    answer: Offer | Missing
    try:
        async with asyncio.timeout(PATIENCE):
            response = await client.get(
                f"{CARRIERS[name]}/fares", params=trip.model_dump()
            )
        price = response.raise_for_status().json()["price"]
        answer = Offer(carrier=name, price=price)
    except TimeoutError:
        answer = Missing(carrier=name, reason="timeout")
    except (httpx.HTTPError, ValueError):
        answer = Missing(carrier=name, reason="failed")
    row = carriers[name]
    row["calls"] += 1
    row["missed"] += isinstance(answer, Missing)
    row["slowest"] = max(row["slowest"], time.perf_counter() - began)
    return answer


async def tell(quote_id: int, complete: bool) -> None:
    try:
        await asyncio.to_thread(report_quote, quote_id, complete)
    except AnalyticsError:
        log.exception("analytics does not know of quote %d", quote_id)
        analytics["failed"] += 1
    else:
        analytics["told"] += 1


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(
    trip: Trip,
    request: Request,
    response: Response,
    session: Database,
    background: BackgroundTasks,
) -> Quote:
    client = request.app.state.client
    answers = await asyncio.gather(*(ask(client, name, trip) for name in CARRIERS))
    offers = [answer for answer in answers if isinstance(answer, Offer)]
    missing[:] = [answer for answer in answers if isinstance(answer, Missing)]
    if not offers:
        quotes["failed"] += 1
        raise HTTPException(504, "No carrier has an offer in time")

    offers.sort(key=lambda offer: offer.price)
    quote = Quote(
        origin=trip.origin,
        destination=trip.destination,
        offers=[offer.model_dump() for offer in offers],
        missing=[one.model_dump() for one in missing],
        complete=not missing,
    )
    session.add(quote)
    await session.commit()
    await session.refresh(quote)
    quotes["partial" if missing else "complete"] += 1
    background.add_task(tell, quote.id, quote.complete)
    if missing:
        response.status_code = 200
    return quote


@app.get("/quotes/{quote_id}", response_model=QuoteOut)
async def read_quote(quote_id: int, session: Database) -> Quote:
    quote = await session.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(404, f"There is no quote {quote_id}")
    return quote


@app.get("/metrics")
async def metrics() -> dict[str, Any]:
    return {"quotes": quotes, "carriers": carriers, "analytics": analytics}
