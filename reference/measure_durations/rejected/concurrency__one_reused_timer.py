"""Wrong: one timer object for each step; the second call resets the first start."""

import asyncio
import time
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


metrics = {"validate": Metrics(), "price": Metrics(), "reserve": Metrics()}


class Timer:
    def __init__(self, own: Metrics) -> None:
        self._own = own
        self._began = 0.0

    def __enter__(self) -> None:
        self._own.in_progress += 1
        self._began = time.perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        own = self._own
        own.in_progress -= 1
        own.count += 1
        own.errors += kind is not None
        own.last = time.perf_counter() - self._began
        own.max = max(own.max, own.last)


timers = {step: Timer(own) for step, own in metrics.items()}


async def validate(order: Order) -> None:
    with timers["validate"]:
        await validate_order(order.sku, order.quantity)


async def price(order: Order) -> int:
    with timers["price"]:
        return await price_order(order.sku, order.quantity)


async def reserve(order: Order) -> str:
    with timers["reserve"]:
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
    return metrics
