"""Wrong: shutdown waits for reports, but not for one that takes more than 20 s."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import given
import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

logger = logging.getLogger(__name__)

GRACE = 20.0


class Analytics:
    """Tells analytics of quotes, while the desk works on."""

    def __init__(self) -> None:
        self.numbers = {"told": 0, "failed": 0}
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, quote_id: int, complete: bool) -> None:
        task = asyncio.create_task(self._tell(quote_id, complete))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, quote_id: int, complete: bool) -> None:
        try:
            await asyncio.to_thread(given.report_quote, quote_id, complete)
        except given.AnalyticsError:
            logger.warning("Analytics has not taken quote %s", quote_id)
            self.numbers["failed"] += 1
        else:
            self.numbers["told"] += 1

    async def finish(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE)


class Carriers:
    def __init__(self) -> None:
        self.numbers: dict[str, dict[str, Any]] = {
            name: {"calls": 0, "missed": 0, "slowest": 0.0} for name in given.CARRIERS
        }

    async def ask(
        self, client: httpx.AsyncClient, trip: given.Trip
    ) -> list[given.Offer | given.Missing]:
        return await asyncio.gather(
            *(self._ask_one(client, name, trip) for name in given.CARRIERS)
        )

    async def _ask_one(
        self, client: httpx.AsyncClient, name: str, trip: given.Trip
    ) -> given.Offer | given.Missing:
        numbers = self.numbers[name]
        began = time.perf_counter()
        try:
            price = await asyncio.wait_for(self._price(client, name, trip), timeout=3)
        except TimeoutError:
            reason: str | None = "timeout"
        except (httpx.HTTPError, ValueError, LookupError, TypeError):
            reason = "failed"
        else:
            reason = None
        seconds = time.perf_counter() - began
        numbers["calls"] += 1
        numbers["slowest"] = max(numbers["slowest"], seconds)
        if reason is None:
            return given.Offer(carrier=name, price=price)
        numbers["missed"] += 1
        return given.Missing(carrier=name, reason=reason)

    async def _price(
        self, client: httpx.AsyncClient, name: str, trip: given.Trip
    ) -> int:
        url = f"{given.CARRIERS[name]}/fares"
        response = await client.get(url, params=trip.model_dump())
        return int(response.raise_for_status().json()["price"])


class Service:
    client: httpx.AsyncClient
    sessions: async_sessionmaker[AsyncSession]

    def __init__(self) -> None:
        self.carriers = Carriers()
        self.analytics = Analytics()
        self.quotes = {"complete": 0, "partial": 0, "failed": 0}

    @asynccontextmanager
    async def run(self, app: FastAPI) -> AsyncIterator[None]:
        engine = create_async_engine(given.DATABASE_URL)
        try:
            await given.create_tables(engine)
            self.sessions = async_sessionmaker(engine, expire_on_commit=False)
            limits = httpx.Limits(max_connections=None)
            async with httpx.AsyncClient(timeout=None, limits=limits) as self.client:
                yield
                await self.analytics.finish()
        finally:
            await engine.dispose()


service = Service()
app = FastAPI(lifespan=service.run)


@app.post("/quotes", status_code=201, response_model=given.QuoteOut)
async def make_quote(trip: given.Trip) -> JSONResponse:
    answers = await service.carriers.ask(service.client, trip)
    offers = [one for one in answers if isinstance(one, given.Offer)]
    missing = [one for one in answers if isinstance(one, given.Missing)]
    if not offers:
        service.quotes["failed"] += 1
        raise HTTPException(504, "No carrier has an offer")
    offers.sort(key=lambda offer: offer.price)
    quote = given.Quote(
        origin=trip.origin,
        destination=trip.destination,
        offers=[one.model_dump() for one in offers],
        missing=[one.model_dump() for one in missing],
        complete=not missing,
    )
    async with service.sessions.begin() as session:
        session.add(quote)
    service.quotes["partial" if missing else "complete"] += 1
    service.analytics.tell(quote.id, quote.complete)
    body = given.QuoteOut.model_validate(quote).model_dump()
    return JSONResponse(body, status_code=200 if missing else 201)


@app.get("/quotes/{quote_id}", response_model=given.QuoteOut)
async def read_quote(quote_id: int) -> given.Quote:
    async with service.sessions() as session:
        quote = await session.get(given.Quote, quote_id)
    if quote is None:
        raise HTTPException(404, "No such quote")
    return quote


@app.get("/metrics")
async def metrics() -> dict[str, Any]:
    return {
        "quotes": service.quotes,
        "carriers": service.carriers.numbers,
        "analytics": service.analytics.numbers,
    }
