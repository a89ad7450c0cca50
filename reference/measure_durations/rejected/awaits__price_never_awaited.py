"""Wrong: the decorated call is handed on and nobody awaits what it made."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def measured(step: str) -> Iterator[None]:
    """Measure what runs within."""
    own = metrics[step]
    began = time.perf_counter()
    own.in_progress += 1
    try:
        yield
    except BaseException:
        own.errors += 1
        raise
    finally:
        own.in_progress -= 1
        own.count += 1
        own.last = time.perf_counter() - began
        own.max = max(own.max, own.last)


async def validate(order: Order) -> None:
    with measured("validate"):
        await validate_order(order.sku, order.quantity)


async def price(order: Order) -> int:
    with measured("price"):
        return bool(price_order(order.sku, order.quantity))


async def reserve(order: Order) -> str:
    with measured("reserve"):
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
