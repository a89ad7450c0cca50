"""One object for each thing that lives as long as the service, and one for all."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

import httpx
from fastapi import (
    BackgroundTasks,
    Depends,
    FastAPI,
    HTTPException,
    Request,
    Response,
    status,
)
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
from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

PATIENCE = 3.0  # seconds from the request to the answer
LARGEST_ID = 2**63 - 1  # what the database can look for

log = logging.getLogger(__name__)


class CarrierFailed(Exception):
    """A carrier answered, but not with a fare."""


class Fare(BaseModel):
    """What a carrier answers."""

    price: int


@dataclass
class CallNumbers:
    calls: int = 0
    missed: int = 0
    slowest: float = 0.0

    def add(self, seconds: float, *, missed: bool) -> None:
        self.calls += 1
        self.missed += missed
        self.slowest = max(self.slowest, round(seconds, 3))


@dataclass
class QuoteNumbers:
    complete: int = 0
    partial: int = 0
    failed: int = 0


class Carriers:
    """Asks all the carriers at once, and keeps count."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.numbers = {name: CallNumbers() for name in CARRIERS}

    async def ask_all(self, trip: Trip) -> tuple[list[Offer], list[Missing]]:
        """The offers, cheapest first, and who has none, in the order of CARRIERS."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        async with asyncio.TaskGroup() as group:
            calls = [
                group.create_task(self._ask(name, trip, deadline)) for name in CARRIERS
            ]
        answers = [call.result() for call in calls]
        offers = [answer for answer in answers if isinstance(answer, Offer)]
        missing = [answer for answer in answers if isinstance(answer, Missing)]
        return sorted(offers, key=lambda offer: offer.price), missing

    async def _ask(self, name: str, trip: Trip, deadline: float) -> Offer | Missing:
        """One call. What the carrier did is its result, and never raised."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        answer: Offer | Missing
        try:
            async with asyncio.timeout_at(deadline):
                fare = await self._fetch(CARRIERS[name], trip)
            answer = Offer(carrier=name, price=fare.price)
        except (TimeoutError, httpx.TimeoutException):
            answer = Missing(carrier=name, reason="timeout")
        except (
            CarrierFailed,
            httpx.HTTPError,
            httpx.InvalidURL,
            UnicodeError,
        ) as error:
            log.info("%s failed: %r", name, error)
            answer = Missing(carrier=name, reason="failed")
        self.numbers[name].add(loop.time() - begun, missed=isinstance(answer, Missing))
        return answer

    async def _fetch(self, address: str, trip: Trip) -> Fare:
        response = await self._client.get(f"{address}/fares", params=trip.model_dump())
        if response.status_code != status.HTTP_200_OK:
            raise CarrierFailed(f"status {response.status_code}")
        try:
            return Fare.model_validate_json(response.content)
        except ValidationError as error:
            raise CarrierFailed("not a fare") from error


class Analytics:
    """Tells analytics in a thread, and knows whether it is done."""

    def __init__(self) -> None:
        self.told = 0
        self.failed = 0
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def tell(self, quote_id: int, complete: bool) -> None:
        self._under_way += 1
        self._idle.clear()
        try:
            await run_in_threadpool(report_quote, quote_id, complete)
        except AnalyticsError as error:
            self.failed += 1
            log.warning("analytics: %s", error)
        except Exception:
            self.failed += 1
            log.exception("analytics broke on quote %s", quote_id)
        else:
            self.told += 1
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def finish(self) -> None:
        """Wait until nothing is being told."""
        await self._idle.wait()


@dataclass
class Desk:
    """What lives as long as the service runs."""

    carriers: Carriers
    analytics: Analytics
    sessions: async_sessionmaker[AsyncSession]
    quotes: QuoteNumbers = field(default_factory=QuoteNumbers)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        engine = create_async_engine(DATABASE_URL)
        stack.push_async_callback(engine.dispose)
        await create_tables(engine)
        # Customers do not queue for a connection, and asyncio keeps the time.
        client = await stack.enter_async_context(
            httpx.AsyncClient(timeout=None, limits=httpx.Limits(max_connections=None))
        )
        analytics = Analytics()
        stack.push_async_callback(analytics.finish)
        app.state.desk = Desk(
            carriers=Carriers(client),
            analytics=analytics,
            sessions=async_sessionmaker(engine, expire_on_commit=False),
        )
        yield


app = FastAPI(lifespan=lifespan)


async def get_desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


DeskDep = Annotated[Desk, Depends(get_desk)]


async def get_session(desk: DeskDep) -> AsyncIterator[AsyncSession]:
    """A session for this request. It takes a connection at its first statement only."""
    async with desk.sessions() as session:
        yield session


# Closed before the answer goes out, so a slow reader keeps no connection.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]


@app.post("/quotes", status_code=status.HTTP_201_CREATED, response_model=QuoteOut)
async def make_quote(
    trip: Trip,
    desk: DeskDep,
    session: SessionDep,
    response: Response,
    background: BackgroundTasks,
) -> Quote:
    offers, missing = await desk.carriers.ask_all(trip)
    if not offers:
        desk.quotes.failed += 1
        raise HTTPException(status.HTTP_504_GATEWAY_TIMEOUT, "No carrier has an offer")

    quote = Quote(
        origin=trip.origin,
        destination=trip.destination,
        offers=[offer.model_dump() for offer in offers],
        missing=[carrier.model_dump() for carrier in missing],
        complete=not missing,
    )
    # If the commit fails, the answer is 500, and nothing below happens.
    async with session.begin():
        session.add(quote)

    if quote.complete:
        desk.quotes.complete += 1
    else:
        desk.quotes.partial += 1
        response.status_code = status.HTTP_200_OK
    background.add_task(desk.analytics.tell, quote.id, quote.complete)
    return quote


@app.get("/quotes/{quote_id}", response_model=QuoteOut)
async def read_quote(quote_id: int, session: SessionDep) -> Quote:
    quote = await session.get(Quote, quote_id) if abs(quote_id) <= LARGEST_ID else None
    if quote is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "No such quote")
    return quote


@app.get("/metrics")
async def metrics(desk: DeskDep) -> dict[str, Any]:
    return {
        "quotes": asdict(desk.quotes),
        "carriers": {
            name: asdict(numbers) for name, numbers in desk.carriers.numbers.items()
        },
        "analytics": {"told": desk.analytics.told, "failed": desk.analytics.failed},
    }
