"""Wrong: when one step fails, `gather` raises at once and lets the other one run on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

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


METRICS = {"validate": Metrics(), "price": Metrics(), "reserve": Metrics()}


@asynccontextmanager
async def measured(step: str) -> AsyncIterator[None]:
    metrics = METRICS[step]
    metrics.in_progress += 1
    start = perf_counter()
    ok = False
    try:
        yield
        ok = True
    finally:
        duration = perf_counter() - start
        metrics.in_progress -= 1
        metrics.count += 1
        metrics.errors += not ok
        metrics.last = duration
        metrics.max = max(metrics.max, duration)


async def validate(order: Order) -> None:
    async with measured("validate"):
        await validate_order(order.sku, order.quantity)


async def price(order: Order) -> int:
    async with measured("price"):
        return await price_order(order.sku, order.quantity)


async def reserve(order: Order) -> str:
    async with measured("reserve"):
        return await reserve_stock(order.sku, order.quantity)


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    try:
        await validate(order)
        cents, number = await asyncio.gather(price(order), reserve(order))
    except StepFailed as exc:
        raise HTTPException(502, f"A step failed: {exc}") from exc
    return Placed(price=cents, reservation=number)


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return METRICS
