"""A copy that is broken: after a new start the seats are taken as they were."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

import httpx
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

PAYMENTS_URL = "https://payments.example"
SHOWS = {
    "hamlet": ["A1", "A2", "A3", "B1", "B2", "B3"],
    "macbeth": ["A1", "A2", "B1", "B2"],
}
HOLD_SECONDS = 120.0


def print_on_paper(reservation: int) -> None:
    """The printer at the desk: it takes its time, and whoever calls it waits."""
    time.sleep(2)


def create_app(
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    now: Callable[[], float] = time.monotonic,
    print_ticket: Callable[[int], None] = print_on_paper,
    patience: float = 3.0,
) -> FastAPI:
    """Make a service.

    Args:
        transport: what its client reaches the payment API through; the network if None.
        now: a clock, in seconds.
        print_ticket: prints the ticket of a reservation, and blocks until it is out.
        patience: how long, in seconds, a reservation waits for the payment API.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        client = httpx.AsyncClient(base_url=PAYMENTS_URL, transport=transport)
        desk = getattr(app.state, "kept", None) or Desk(client, now, patience)
        desk._client = client
        app.state.kept = app.state.desk = desk
        try:
            yield
        finally:
            app.state.desk = None
            await client.aclose()

    app = FastAPI(title="Seat reservations", lifespan=lifespan)

    @app.get("/shows/{show}")
    async def free_seats(show: str, request: Request) -> ShowOut:
        return ShowOut(show=show, free=desk_of(request).free(show))

    @app.post("/reservations", status_code=201)
    async def reserve(wish: Wish, request: Request) -> ReservationOut:
        return await desk_of(request).reserve(wish)

    @app.delete("/reservations/{reservation}", status_code=204)
    async def cancel(reservation: int, request: Request) -> None:
        desk_of(request).cancel(reservation)

    @app.post("/reservations/{reservation}/ticket", status_code=204)
    async def ticket(reservation: int, request: Request) -> None:
        desk_of(request).keep(reservation)
        await asyncio.to_thread(print_ticket, reservation)

    return app


def desk_of(request: Request) -> Desk:
    desk: Desk | None = getattr(request.app.state, "desk", None)
    if desk is None:
        raise RuntimeError("The service was never started: its lifespan has not run.")
    return desk


class Wish(BaseModel):
    show: str
    seats: list[str]
    card: str


class ReservationOut(BaseModel):
    id: int
    show: str
    seats: list[str]
    price: int


class ShowOut(BaseModel):
    show: str
    free: list[str]


@dataclass
class Hold:
    """Seats that somebody has, until `expires`; None is for ever."""

    show: str
    seats: list[str]
    paid: bool = False
    expires: float | None = None


class Desk:
    """Knows who has which seat, and has them paid for."""

    def __init__(
        self, client: httpx.AsyncClient, now: Callable[[], float], patience: float
    ) -> None:
        self._client = client
        self._now = now
        self._patience = patience
        self._holds: dict[int, Hold] = {}
        self._ids = count(1)

    def free(self, show: str) -> list[str]:
        if show not in SHOWS:
            raise HTTPException(404, f"No show {show!r}")
        self._drop_expired()
        taken = {
            seat
            for hold in self._holds.values()
            if hold.show == show
            for seat in hold.seats
        }
        return [seat for seat in SHOWS[show] if seat not in taken]

    async def reserve(self, wish: Wish) -> ReservationOut:
        free = self.free(wish.show)
        if not wish.seats or not set(wish.seats) <= set(SHOWS[wish.show]):
            raise HTTPException(404, "No such seats")
        if not set(wish.seats) <= set(free):
            raise HTTPException(409, "Somebody else has these seats")
        reservation = next(self._ids)
        # Before the first await: from here on nobody else can take these seats.
        hold = self._holds[reservation] = Hold(wish.show, wish.seats)
        try:
            price = await self._sell(wish)
        except BaseException:
            del self._holds[reservation]
            raise
        hold.paid = True
        hold.expires = self._now() + HOLD_SECONDS
        return ReservationOut(
            id=reservation, show=wish.show, seats=wish.seats, price=price
        )

    def cancel(self, reservation: int) -> None:
        self._find(reservation)
        del self._holds[reservation]

    def keep(self, reservation: int) -> None:
        self._find(reservation).expires = None

    def _find(self, reservation: int) -> Hold:
        self._drop_expired()
        hold = self._holds.get(reservation)
        if hold is None or not hold.paid:
            raise HTTPException(404, "No such reservation")
        return hold

    def _drop_expired(self) -> None:
        now = self._now()
        for reservation, hold in list(self._holds.items()):
            if hold.expires is not None and hold.expires <= now:
                del self._holds[reservation]

    async def _sell(self, wish: Wish) -> int:
        try:
            async with asyncio.timeout(self._patience):
                prices = await asyncio.gather(
                    *(self._price(wish.show, seat) for seat in wish.seats)
                )
                await self._charge(wish.card, sum(prices))
        except (TimeoutError, httpx.TimeoutException) as exc:
            raise HTTPException(504, "The payment API is silent") from exc
        except httpx.HTTPError as exc:
            raise HTTPException(502, "The payment API has failed") from exc
        return sum(prices)

    async def _price(self, show: str, seat: str) -> int:
        response = await self._client.get(f"/prices/{show}/{seat}")
        response.raise_for_status()
        price: int = response.json()["price"]
        return price

    async def _charge(self, card: str, amount: int) -> None:
        response = await self._client.post(
            "/payments", json={"card": card, "amount": amount}
        )
        if response.status_code == 402:
            raise HTTPException(402, "The card was declined")
        response.raise_for_status()


app = create_app()
