"""Wrong: every step is measured from the start of the request."""

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
def measured(step: str, began: float) -> Iterator[None]:
    """Measure what runs within."""
    own = metrics[step]
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


async def validate(order: Order, began: float) -> None:
    with measured("validate", began):
        await validate_order(order.sku, order.quantity)


async def price(order: Order, began: float) -> int:
    with measured("price", began):
        return await price_order(order.sku, order.quantity)


async def reserve(order: Order, began: float) -> str:
    with measured("reserve", began):
        return await reserve_stock(order.sku, order.quantity)


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    began = time.perf_counter()
    try:
        await validate(order, began)
        async with asyncio.TaskGroup() as group:
            cents = group.create_task(price(order, began))
            reservation = group.create_task(reserve(order, began))
    except* StepFailed as failed:
        raise HTTPException(502, str(failed.exceptions[0])) from failed
    return Placed(price=cents.result(), reservation=reservation.result())


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return metrics
