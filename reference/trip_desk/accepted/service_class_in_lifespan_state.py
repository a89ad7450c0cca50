"""Right: a service class owns everything; lifespan makes it and hands it on."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request, Response
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
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine


class NoOfferError(Exception):
    """No carrier has an offer in time."""


@dataclass
class Metrics:
    quotes: dict[str, int] = field(
        default_factory=lambda: {"complete": 0, "partial": 0, "failed": 0}
    )
    carriers: dict[str, dict[str, float]] = field(
        default_factory=lambda: {
            name: {"calls": 0, "missed": 0, "slowest": 0.0} for name in CARRIERS
        }
    )
    analytics: dict[str, int] = field(default_factory=lambda: {"told": 0, "failed": 0})

    def carrier(self, name: str, seconds: float, *, missed: bool) -> None:
        row = self.carriers[name]
        row["calls"] += 1
        row["missed"] += missed
        row["slowest"] = max(row["slowest"], seconds)


class TripDesk:
    def __init__(self, client: httpx.AsyncClient, engine: AsyncEngine) -> None:
        self.metrics = Metrics()
        self._client = client
        self._engine = engine
        self._reports: set[asyncio.Task[None]] = set()

    async def quote(self, trip: Trip) -> QuoteOut:
        answers = await self._ask_all(trip)
        offers = [answer for answer in answers if isinstance(answer, Offer)]
        missing = [answer for answer in answers if isinstance(answer, Missing)]
        if not offers:
            self.metrics.quotes["failed"] += 1
            raise NoOfferError
        offers.sort(key=lambda offer: offer.price)
        quote = await self._store(trip, offers, missing)
        self.metrics.quotes["complete" if quote.complete else "partial"] += 1
        report = asyncio.create_task(self._report(quote))
        self._reports.add(report)
        report.add_done_callback(self._reports.discard)
        return quote

    async def read(self, quote_id: int) -> QuoteOut | None:
        async with AsyncSession(self._engine) as session:
            quote = await session.get(Quote, quote_id)
            return None if quote is None else QuoteOut.model_validate(quote)

    async def finish(self) -> None:
        await asyncio.gather(*self._reports)

    async def _ask_all(self, trip: Trip) -> list[Offer | Missing]:
        """Ask every carrier; whoever is not done after 3 s is told to stop."""
        began = time.perf_counter()
        tasks = {
            name: asyncio.create_task(self._ask(name, trip, began)) for name in CARRIERS
        }
        late: set[asyncio.Task[Offer | Missing]] = set(tasks.values())
        try:
            _, late = await asyncio.wait(late, timeout=3)
        finally:
            # Also where the request itself is given up.
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        answers: list[Offer | Missing] = []
        for name, task in tasks.items():
            if task in late:
                self.metrics.carrier(name, 3.0, missed=True)
                answers.append(Missing(carrier=name, reason="timeout"))
            else:
                answers.append(task.result())
        return answers

    async def _ask(self, name: str, trip: Trip, began: float) -> Offer | Missing:
        answer: Offer | Missing
        try:
            response = await self._client.get(
                f"{CARRIERS[name]}/fares", params=trip.model_dump()
            )
            response.raise_for_status()
            answer = Offer(carrier=name, price=response.json()["price"])
        except (httpx.HTTPError, ValueError):
            answer = Missing(carrier=name, reason="failed")
        seconds = time.perf_counter() - began
        self.metrics.carrier(name, seconds, missed=isinstance(answer, Missing))
        return answer

    async def _store(
        self, trip: Trip, offers: list[Offer], missing: list[Missing]
    ) -> QuoteOut:
        async with AsyncSession(self._engine) as session, session.begin():
            quote = Quote(
                **trip.model_dump(),
                offers=[offer.model_dump() for offer in offers],
                missing=[one.model_dump() for one in missing],
                complete=not missing,
            )
            session.add(quote)
            await session.flush()
            return QuoteOut.model_validate(quote)

    async def _report(self, quote: QuoteOut) -> None:
        try:
            await asyncio.to_thread(report_quote, quote.id, quote.complete)
        except AnalyticsError:
            self.metrics.analytics["failed"] += 1
        else:
            self.metrics.analytics["told"] += 1


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, TripDesk]]:
    engine = create_async_engine(DATABASE_URL)
    await create_tables(engine)
    async with httpx.AsyncClient(timeout=None) as client:
        desk = TripDesk(client, engine)
        yield {"desk": desk}
        await desk.finish()
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


def get_desk(request: Request) -> TripDesk:
    desk: TripDesk = request.state.desk
    return desk


Desk = Annotated[TripDesk, Depends(get_desk)]


@app.post("/quotes", status_code=201)
async def make_quote(trip: Trip, desk: Desk, response: Response) -> QuoteOut:
    try:
        quote = await desk.quote(trip)
    except NoOfferError as exc:
        raise HTTPException(504, "No carrier has an offer in time") from exc
    if not quote.complete:
        response.status_code = 200
    return quote


@app.get("/quotes/{quote_id}")
async def read_quote(quote_id: int, desk: Desk) -> QuoteOut:
    quote = await desk.read(quote_id)
    if quote is None:
        raise HTTPException(404)
    return quote


@app.get("/metrics")
async def metrics(desk: Desk) -> dict[str, Any]:
    return asdict(desk.metrics)
