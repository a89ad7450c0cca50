"""Wrong: the names of places are written into the query as they are."""

import asyncio
import logging
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
    Quote,
    QuoteOut,
    Trip,
    create_tables,
    report_quote,
)
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

PATIENCE = 3.0
log = logging.getLogger("trip_desk")


class Metrics:
    """What has happened since the service started. Touched on the event loop only."""

    def __init__(self) -> None:
        self.quotes = {"complete": 0, "partial": 0, "failed": 0}
        self.carriers: dict[str, dict[str, float]] = {
            name: {"calls": 0, "missed": 0, "slowest": 0} for name in CARRIERS
        }
        self.analytics = {"told": 0, "failed": 0}

    def called(self, carrier: str, seconds: float, missed: bool) -> None:
        numbers = self.carriers[carrier]
        numbers["calls"] += 1
        numbers["missed"] += missed
        numbers["slowest"] = max(numbers["slowest"], seconds)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    engine = create_async_engine(DATABASE_URL)
    try:
        await create_tables(engine)
        # The time limit is that of `ask`, for the whole call.
        async with httpx.AsyncClient(timeout=None) as client:
            app.state.client = client
            app.state.new_session = async_sessionmaker(engine, expire_on_commit=False)
            app.state.metrics = Metrics()
            yield
    finally:
        await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.new_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


async def fare(client: httpx.AsyncClient, carrier: str, trip: Trip) -> int | str:
    """The price a carrier asks, or the reason why it is missing."""
    try:
        async with asyncio.timeout(PATIENCE):
            response = await client.get(
                f"{CARRIERS[carrier]}/fares"
                f"?origin={trip.origin}&destination={trip.destination}"
            )
        response.raise_for_status()
        return int(response.json()["price"])
    except (TimeoutError, httpx.TimeoutException):
        return "timeout"
    except (
        httpx.HTTPError,
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
    ) as error:
        log.info("%s failed: %r", carrier, error)
        return "failed"


async def ask(
    client: httpx.AsyncClient, metrics: Metrics, carrier: str, trip: Trip
) -> int | str:
    clock = asyncio.get_running_loop().time
    start = clock()
    answer = await fare(client, carrier, trip)
    metrics.called(carrier, clock() - start, isinstance(answer, str))
    return answer


async def report(metrics: Metrics, quote_id: int, complete: bool) -> None:
    try:
        # Not in asyncio's own pool: names are looked up there, and reports may be slow.
        await run_in_threadpool(report_quote, quote_id, complete)
    except AnalyticsError as error:
        metrics.analytics["failed"] += 1
        log.warning("Analytics did not take quote %s: %s", quote_id, error)
    else:
        metrics.analytics["told"] += 1


@app.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(
    trip: Trip,
    request: Request,
    response: Response,
    session: Session,
    background: BackgroundTasks,
) -> Quote:
    metrics: Metrics = request.app.state.metrics
    client: httpx.AsyncClient = request.app.state.client
    answers = await asyncio.gather(
        *(ask(client, metrics, carrier, trip) for carrier in CARRIERS)
    )
    offers: list[dict[str, Any]] = []
    missing: list[dict[str, Any]] = []
    for carrier, answer in zip(CARRIERS, answers, strict=True):
        if isinstance(answer, str):
            missing.append({"carrier": carrier, "reason": answer})
        else:
            offers.append({"carrier": carrier, "price": answer})
    if not offers:
        metrics.quotes["failed"] += 1
        raise HTTPException(504, "No carrier has an offer")
    offers.sort(key=lambda offer: offer["price"])
    quote = Quote(
        origin=trip.origin,
        destination=trip.destination,
        offers=offers,
        missing=missing,
        complete=not missing,
    )
    session.add(quote)
    await session.commit()
    metrics.quotes["complete" if quote.complete else "partial"] += 1
    background.add_task(report, metrics, quote.id, quote.complete)
    if not quote.complete:
        response.status_code = 200
    return quote


@app.get("/quotes/{quote_id}", response_model=QuoteOut)
async def read_quote(quote_id: int, session: Session) -> Quote:
    quote = await session.get(Quote, quote_id)
    if quote is None:
        raise HTTPException(404, "There is no such quote")
    return quote


@app.get("/metrics")
async def metrics(request: Request) -> dict[str, Any]:
    numbers: Metrics = request.app.state.metrics
    return {
        "quotes": numbers.quotes,
        "carriers": numbers.carriers,
        "analytics": numbers.analytics,
    }
