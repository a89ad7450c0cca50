"""Wrong: the error ends in the context manager, and the step seems to return None."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI, HTTPException
from given import price_order, reserve_stock, validate_order
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
    finally:
        own.in_progress -= 1
        own.count += 1
        own.last = time.perf_counter() - began
        own.max = max(own.max, own.last)


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    with measured("validate"):
        await validate_order(order.sku, order.quantity)
    cents, reservation = await asyncio.gather(price(order), reserve(order))
    if not cents or not reservation:
        raise HTTPException(502, "A step failed")
    return Placed(price=cents, reservation=reservation)


async def price(order: Order) -> int:
    cents = 0
    with measured("price"):
        cents = await price_order(order.sku, order.quantity)
    return cents


async def reserve(order: Order) -> str:
    number = ""
    with measured("reserve"):
        number = await reserve_stock(order.sku, order.quantity)
    return number


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return metrics
