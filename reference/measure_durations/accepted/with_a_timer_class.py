"""A timer object for each call, and a log of finished calls to reckon from."""

import asyncio
import time
from dataclasses import dataclass
from types import TracebackType

from fastapi import FastAPI, HTTPException
from given import StepFailed, price_order, reserve_stock, validate_order
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    sku: str
    quantity: int


class Placed(BaseModel):
    price: int
    reservation: str


class Metrics(BaseModel):
    """What is known of one step; durations in seconds."""

    count: int = 0
    errors: int = 0
    last: float = 0.0
    max: float = 0.0
    in_progress: int = 0


@dataclass(frozen=True)
class Ended:
    seconds: float
    failed: bool


ended: dict[str, list[Ended]] = {"validate": [], "price": [], "reserve": []}
running = dict.fromkeys(ended, 0)


class Timer:
    def __init__(self, step: str) -> None:
        self._step = step

    def __enter__(self) -> None:
        running[self._step] += 1
        self._began = time.perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        seconds = time.perf_counter() - self._began
        running[self._step] -= 1
        ended[self._step].append(Ended(seconds, failed=kind is not None))


async def validate(order: Order) -> None:
    with Timer("validate"):
        await validate_order(order.sku, order.quantity)


async def price(order: Order) -> int:
    with Timer("price"):
        return await price_order(order.sku, order.quantity)


async def reserve(order: Order) -> str:
    with Timer("reserve"):
        return await reserve_stock(order.sku, order.quantity)


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    try:
        await validate(order)
        async with asyncio.TaskGroup() as group:
            cents = group.create_task(price(order))
            reservation = group.create_task(reserve(order))
    except* StepFailed as failed:
        raise HTTPException(502, str(failed.exceptions[0])) from failed
    return Placed(price=cents.result(), reservation=reservation.result())


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return {
        step: Metrics(
            count=len(calls),
            errors=sum(call.failed for call in calls),
            last=calls[-1].seconds if calls else 0.0,
            max=max((call.seconds for call in calls), default=0.0),
            in_progress=running[step],
        )
        for step, calls in ended.items()
    }
