"""Every call is a task; a callback does the accounts when it is done."""

import asyncio
import functools
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

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


def account(step: str, began: float, task: asyncio.Task[Any]) -> None:
    own = metrics[step]
    own.in_progress -= 1
    own.count += 1
    own.errors += task.cancelled() or task.exception() is not None
    own.last = time.perf_counter() - began
    own.max = max(own.max, own.last)


def start(step: str, call: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    metrics[step].in_progress += 1
    task = asyncio.create_task(call)
    task.add_done_callback(functools.partial(account, step, time.perf_counter()))
    return task


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    sku, quantity = order.sku, order.quantity
    try:
        await start("validate", validate_order(sku, quantity))
        pricing = start("price", price_order(sku, quantity))
        reserving = start("reserve", reserve_stock(sku, quantity))
        # Both have come to their end before either is looked at.
        await asyncio.gather(pricing, reserving, return_exceptions=True)
        cents, reservation = pricing.result(), reserving.result()
    except StepFailed as exc:
        raise HTTPException(502, str(exc)) from exc
    return Placed(price=cents, reservation=reservation)


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return metrics
