"""The threads for the reports are made with the module and shut down at the stop."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import httpx
from given import (
    CARRIERS,
    DATABASE_URL,
    Missing,
    Offer,
    Quote,
    QuoteOut,
    Trip,
    create_tables,
    report_quote,
)
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

CLERKS = 8
THREADS = ThreadPoolExecutor(CLERKS, thread_name_prefix="analytics")


class Analytics:
    """Tells of quotes, in the order in which they come, some at a time."""

    def __init__(self) -> None:
        self.told = self.failed = 0
        self.reports: asyncio.Queue[tuple[int, bool]] = asyncio.Queue()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        clerks = [asyncio.create_task(self._clerk()) for _ in range(CLERKS)]
        try:
            yield
            await self.reports.join()
        finally:
            for clerk in clerks:
                clerk.cancel()
            await asyncio.gather(*clerks, return_exceptions=True)
            THREADS.shutdown()  # they are idle: this is only to send them home

    async def _clerk(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            report = await self.reports.get()
            try:
                await loop.run_in_executor(THREADS, report_quote, *report)
            except Exception:
                self.failed += 1
            else:
                self.told += 1
            finally:
                self.reports.task_done()


class Statistics:
    def __init__(self) -> None:
        self.quotes = Counter(complete=0, partial=0, failed=0)
        self.calls: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.slowest = dict.fromkeys(CARRIERS, 0.0)

    def called(self, name: str, seconds: float, missed: bool) -> None:
        self.calls[name] += 1
        self.missed[name] += missed
        self.slowest[name] = max(self.slowest[name], seconds)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    state = app.state
    engine = create_async_engine(DATABASE_URL)
    try:
        await create_tables(engine)
        state.sessions = async_sessionmaker(engine, expire_on_commit=False)
        state.statistics = Statistics()
        state.analytics = Analytics()
        async with (
            httpx.AsyncClient(timeout=None) as state.client,
            state.analytics.at_work(),
        ):
            yield
    finally:
        await engine.dispose()


async def ask(state: Any, name: str, trip: Trip) -> Offer | Missing:
    begin = time.perf_counter()
    reason, price = "failed", None
    try:
        async with asyncio.timeout(3):
            url = httpx.URL(
                f"{CARRIERS[name]}/fares",
                params={"origin": trip.origin, "destination": trip.destination},
            )
            answer = await state.client.get(url)
        if answer.is_success:
            price = answer.json()["price"]
            return Offer(carrier=name, price=price)
    except (TimeoutError, httpx.TimeoutException):
        reason = "timeout"
    except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError):
        pass
    finally:
        missed = price is None
        state.statistics.called(name, time.perf_counter() - begin, missed)
    return Missing(carrier=name, reason=reason)


class Quotes(HTTPEndpoint):
    async def post(self, request: Request) -> JSONResponse:
        state = request.app.state
        try:
            trip = Trip.model_validate_json(await request.body())
        except ValidationError as exc:
            raise HTTPException(422, str(exc)) from exc
        answers = await asyncio.gather(*(ask(state, name, trip) for name in CARRIERS))
        offers = sorted(
            (a for a in answers if isinstance(a, Offer)), key=lambda offer: offer.price
        )
        missing = [a for a in answers if isinstance(a, Missing)]
        if not offers:
            state.statistics.quotes["failed"] += 1
            raise HTTPException(504, "No offers")
        quote = await self.store(state, trip, offers, missing)
        return JSONResponse(quote.model_dump(), 201 if quote.complete else 200)

    async def store(
        self, state: Any, trip: Trip, offers: list[Offer], missing: list[Missing]
    ) -> QuoteOut:
        row = Quote(
            origin=trip.origin,
            destination=trip.destination,
            offers=[offer.model_dump() for offer in offers],
            missing=[one.model_dump() for one in missing],
            complete=not missing,
        )
        try:
            async with state.sessions() as session:
                session.add(row)
                await session.commit()
                # Nothing is awaited between the commit and the report.
                state.analytics.reports.put_nowait((row.id, row.complete))
                state.statistics.quotes["complete" if row.complete else "partial"] += 1
        except Exception as exc:
            raise HTTPException(503, "The quote was not stored") from exc
        return QuoteOut.model_validate(row)


class OneQuote(HTTPEndpoint):
    async def get(self, request: Request) -> JSONResponse:
        number: int = request.path_params["quote_id"]
        async with request.app.state.sessions() as session:
            row = await session.get(Quote, number) if number < 2**63 else None
        if row is None:
            raise HTTPException(404, "No such quote")
        return JSONResponse(QuoteOut.model_validate(row).model_dump())


async def metrics(request: Request) -> JSONResponse:
    state = request.app.state
    numbers: Statistics = state.statistics
    return JSONResponse(
        {
            "quotes": numbers.quotes,
            "carriers": {
                name: {
                    "calls": numbers.calls[name],
                    "missed": numbers.missed[name],
                    "slowest": numbers.slowest[name],
                }
                for name in CARRIERS
            },
            "analytics": {
                "told": state.analytics.told,
                "failed": state.analytics.failed,
            },
        }
    )


app = Starlette(
    routes=[
        Route("/quotes", Quotes),
        Route("/quotes/{quote_id:int}", OneQuote),
        Route("/metrics", metrics),
    ],
    lifespan=lifespan,
)
