"""A copy that is right: the same promises kept by other means."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from httpx import AsyncBaseTransport, AsyncClient, RequestError, TimeoutException
from pydantic import BaseModel

API = "https://payments.example"
PLACES = {
    "macbeth": ("A1", "A2", "B1", "B2"),
    "hamlet": ("A1", "A2", "A3", "B1", "B2", "B3"),
}


def wait_for_the_printer(number: int) -> None:
    time.sleep(2)


class Order(BaseModel):
    card: str
    seats: list[str]
    show: str


class Refused(Exception):
    """The payment API said no, or nothing of use."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status}")
        self.status = status


class House:
    """The seats of all shows, from one start of the service to its end."""

    def __init__(
        self,
        client: AsyncClient,
        printers: ThreadPoolExecutor,
        clock: Callable[[], float],
    ) -> None:
        self.client = client
        self.printers = printers
        self.clock = clock
        self.numbers = count(70_013, 29)
        # (show, seat) -> its owner; owner -> the last moment before it is free again.
        self.owners: dict[tuple[str, str], int] = {}
        self.ends: dict[int, float] = {}

    def sweep(self) -> None:
        over = {owner for owner, end in self.ends.items() if self.clock() >= end}
        for owner in over:
            self.forget(owner)

    def forget(self, owner: int) -> None:
        self.ends.pop(owner, None)
        self.owners = {place: who for place, who in self.owners.items() if who != owner}

    def known(self, owner: int) -> None:
        self.sweep()
        if owner not in self.ends:
            raise HTTPException(404)


def entered(request: Request) -> House:
    house: House | None = getattr(request.app.state, "house", None)
    if house is None:
        raise RuntimeError("The service was never started.")
    return house


Doorman = Annotated[House, Depends(entered)]


async def ask(
    client: AsyncClient, method: str, path: str, **fields: object
) -> dict[str, int]:
    body = fields or None
    response = await client.send(client.build_request(method, API + path, json=body))
    if response.status_code == 402 and method == "POST":
        raise Refused(402)
    if response.is_error:
        raise Refused(502)
    answer: dict[str, int] = response.json() if method == "GET" else {}
    return answer


def create_app(
    *,
    transport: AsyncBaseTransport | None = None,
    now: Callable[[], float] = time.monotonic,
    print_ticket: Callable[[int], None] = wait_for_the_printer,
    patience: float = 3.0,
) -> FastAPI:
    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(AsyncClient(transport=transport))
            printers = stack.enter_context(ThreadPoolExecutor(4))
            app.state.house = House(client, printers, now)
            stack.callback(delattr, app.state, "house")
            yield

    router = APIRouter()

    @router.post("/reservations")
    async def order(
        order: Order, house: Doorman, response: Response
    ) -> dict[str, object]:
        wanted = [(order.show, seat) for seat in order.seats]
        places = PLACES.get(order.show, ())
        if not wanted or any(seat not in places for seat in order.seats):
            raise HTTPException(404)
        house.sweep()
        if any(place in house.owners for place in wanted):
            raise HTTPException(409)
        number = next(house.numbers)
        house.owners.update(dict.fromkeys(wanted, number))
        paid = False
        try:
            price = await asyncio.wait_for(pay(order, house), patience)
            paid = True
        except Refused as exc:
            raise HTTPException(exc.status) from exc
        except (TimeoutError, TimeoutException) as exc:
            raise HTTPException(504) from exc
        except RequestError as exc:
            raise HTTPException(502) from exc
        finally:
            if not paid:
                house.forget(number)
        house.ends[number] = house.clock() + 120
        response.status_code = 201
        body = order.model_dump(include={"show", "seats"})
        return {"price": price, "id": number, **body}

    async def pay(order: Order, house: House) -> int:
        asked = [
            asyncio.ensure_future(
                ask(house.client, "GET", f"/prices/{order.show}/{seat}")
            )
            for seat in reversed(order.seats)
        ]
        try:
            answers = [await one for one in asked]
        finally:
            for one in asked:
                one.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        total = sum(answer["price"] for answer in answers)
        await ask(house.client, "POST", "/payments", amount=total, card=order.card)
        return total

    @router.get("/shows/{show}")
    async def show(show: str, house: Doorman) -> dict[str, object]:
        if show not in PLACES:
            raise HTTPException(404)
        house.sweep()
        free = [seat for seat in PLACES[show] if (show, seat) not in house.owners]
        return {"free": free, "show": show}

    @router.delete("/reservations/{number}")
    async def cancel(number: int, house: Doorman) -> Response:
        house.known(number)
        house.forget(number)
        return Response(status_code=204)

    @router.post("/reservations/{number}/ticket")
    async def ticket(number: int, house: Doorman) -> Response:
        house.known(number)
        house.ends[number] = float("inf")
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(house.printers, print_ticket, number)
        return Response(status_code=204)

    app = FastAPI(lifespan=opened)
    app.include_router(router)
    return app


app = create_app()
