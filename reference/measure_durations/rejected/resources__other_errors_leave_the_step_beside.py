"""Only the error that a step foresees ends the step that runs beside it."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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


METRICS = {step: Metrics() for step in ("validate", "price", "reserve")}


@contextmanager
def measured(step: str) -> Iterator[None]:
    metrics = METRICS[step]
    metrics.in_progress += 1
    started = time.perf_counter()
    try:
        yield
    except BaseException:
        metrics.errors += 1
        raise
    finally:
        metrics.last = time.perf_counter() - started
        metrics.max = max(metrics.max, metrics.last)
        metrics.count += 1
        metrics.in_progress -= 1


async def validate(order: Order) -> None:
    with measured("validate"):
        await validate_order(order.sku, order.quantity)


async def price(order: Order) -> int:
    with measured("price"):
        return await price_order(order.sku, order.quantity)


async def reserve(order: Order) -> str:
    with measured("reserve"):
        return await reserve_stock(order.sku, order.quantity)


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    tasks: list[asyncio.Task[Any]] = []
    try:
        await validate(order)
        tasks = [
            asyncio.create_task(price(order)),
            asyncio.create_task(reserve(order)),
        ]
        cents, reservation = await asyncio.gather(*tasks)
    except StepFailed as exc:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise HTTPException(502, "A step of the order has failed") from exc
    return Placed(price=cents, reservation=reservation)


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return METRICS
