"""A coroutine that is handed the call to await, and the loop's own clock."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

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

T = TypeVar("T")


async def measure(step: str, call: Awaitable[T]) -> T:
    own = metrics[step]
    clock = asyncio.get_running_loop().time
    began = clock()
    own.in_progress += 1
    try:
        return await call
    except (Exception, asyncio.CancelledError):
        own.errors += 1
        raise
    finally:
        own.in_progress -= 1
        own.count += 1
        own.last = clock() - began
        own.max = max(own.max, own.last)


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    sku, quantity = order.sku, order.quantity
    try:
        await measure("validate", validate_order(sku, quantity))
        async with asyncio.TaskGroup() as group:
            cents = group.create_task(measure("price", price_order(sku, quantity)))
            reservation = group.create_task(
                measure("reserve", reserve_stock(sku, quantity))
            )
    except* StepFailed as failed:
        raise HTTPException(502, str(failed.exceptions[0])) from failed
    return Placed(price=cents.result(), reservation=reservation.result())


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return metrics
