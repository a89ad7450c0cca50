"""Ten connections for all quotes together: the fourth quote at once has to queue."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
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
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine


@dataclass
class Calls:
    calls: int = 0
    missed: int = 0
    slowest: float = 0.0


@dataclass
class Desk:
    """Everything that lives as long as the service."""

    client: httpx.AsyncClient
    sessions: async_sessionmaker[AsyncSession]
    carriers: dict[str, Calls] = field(
        default_factory=lambda: {name: Calls() for name in CARRIERS}
    )
    complete: int = 0
    partial: int = 0
    failed: int = 0
    told: int = 0
    untold: int = 0

    async def ask(self, name: str, trip: Trip) -> Offer | Missing:
        started = time.monotonic()
        try:
            result: Offer | Missing = await asyncio.wait_for(self.fetch(name, trip), 3)
        except (TimeoutError, httpx.TimeoutException):
            result = Missing(carrier=name, reason="timeout")
        except (httpx.HTTPError, ValueError, LookupError, TypeError):
            result = Missing(carrier=name, reason="failed")
        seen = self.carriers[name]
        seen.calls += 1
        seen.slowest = max(seen.slowest, time.monotonic() - started)
        if isinstance(result, Missing):
            seen.missed += 1
        return result

    async def fetch(self, name: str, trip: Trip) -> Offer:
        response = await self.client.get(
            CARRIERS[name] + "/fares",
            params={"origin": trip.origin, "destination": trip.destination},
        )
        if response.status_code != 200:
            raise ValueError(f"{name} answered {response.status_code}")
        return Offer(carrier=name, price=response.json()["price"])

    async def tell(self, quote_id: int, complete: bool) -> None:
        try:
            await asyncio.to_thread(report_quote, quote_id, complete)
            self.told += 1
        except AnalyticsError:
            self.untold += 1


desk: Desk


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    global desk
    engine = create_async_engine(DATABASE_URL)
    try:
        await create_tables(engine)
        limits = httpx.Limits(max_keepalive_connections=5, max_connections=10)
        async with httpx.AsyncClient(limits=limits) as client:
            desk = Desk(client, async_sessionmaker(engine, expire_on_commit=False))
            yield
    finally:
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(trip: Trip, response: Response, later: BackgroundTasks) -> Quote:
    results = await asyncio.gather(*(desk.ask(name, trip) for name in CARRIERS))
    offers = [r for r in results if isinstance(r, Offer)]
    missing = [r for r in results if isinstance(r, Missing)]
    if not offers:
        desk.failed += 1
        raise HTTPException(504, "nobody has an offer")
    offers.sort(key=lambda o: o.price)

    quote = Quote(
        origin=trip.origin,
        destination=trip.destination,
        offers=[o.model_dump() for o in offers],
        missing=[m.model_dump() for m in missing],
        complete=not missing,
    )
    async with desk.sessions.begin() as session:
        session.add(quote)

    if quote.complete:
        desk.complete += 1
    else:
        desk.partial += 1
        response.status_code = 200
    later.add_task(desk.tell, quote.id, quote.complete)
    return quote


@app.get("/quotes/{quote_id}", response_model=QuoteOut)
async def read_quote(quote_id: int) -> Quote:
    async with desk.sessions() as session:
        quote = await session.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(404)
    return quote


@app.get("/metrics")
async def metrics() -> dict[str, Any]:
    return {
        "quotes": {
            "complete": desk.complete,
            "partial": desk.partial,
            "failed": desk.failed,
        },
        "carriers": {name: asdict(calls) for name, calls in desk.carriers.items()},
        "analytics": {"told": desk.told, "failed": desk.untold},
    }
