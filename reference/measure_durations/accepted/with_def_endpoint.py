"""A plain `def` endpoint with an event loop in its thread, and a lock for the sums."""

import asyncio
import threading
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

lock = threading.Lock()


@contextmanager
def measured(step: str) -> Iterator[None]:
    own = metrics[step]
    began = time.perf_counter()
    with lock:
        own.in_progress += 1
    failed = 1
    try:
        yield
        failed = 0
    finally:
        seconds = time.perf_counter() - began
        with lock:
            own.in_progress -= 1
            own.count += 1
            own.errors += failed
            own.last = seconds
            own.max = max(own.max, seconds)


async def validate(order: Order) -> None:
    with measured("validate"):
        await validate_order(order.sku, order.quantity)


async def price(order: Order) -> int:
    with measured("price"):
        return await price_order(order.sku, order.quantity)


async def reserve(order: Order) -> str:
    with measured("reserve"):
        return await reserve_stock(order.sku, order.quantity)


async def pipeline(order: Order) -> Placed:
    await validate(order)
    cents, reservation = await asyncio.gather(price(order), reserve(order))
    return Placed(price=cents, reservation=reservation)


@app.post("/orders", status_code=201)
def place(order: Order) -> Placed:
    try:
        return asyncio.run(pipeline(order))
    except StepFailed as exc:
        raise HTTPException(502, str(exc)) from exc


@app.get("/metrics")
def read_metrics() -> dict[str, Metrics]:
    return metrics
