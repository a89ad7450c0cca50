"""Only a group of one error becomes a 502."""

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

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure what runs within."""
        began = time.perf_counter()
        self.in_progress += 1
        try:
            yield
        except BaseException:
            # A cancelled call counts as well, and CancelledError is no Exception.
            self.errors += 1
            raise
        finally:
            self.in_progress -= 1
            self.count += 1
            self.last = time.perf_counter() - began
            self.max = max(self.max, self.last)


metrics = {"validate": Metrics(), "price": Metrics(), "reserve": Metrics()}


async def price(order: Order) -> int:
    with metrics["price"].measured():
        return await price_order(order.sku, order.quantity)


async def reserve(order: Order) -> str:
    with metrics["reserve"].measured():
        return await reserve_stock(order.sku, order.quantity)


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    try:
        with metrics["validate"].measured():
            await validate_order(order.sku, order.quantity)
        async with asyncio.TaskGroup() as group:
            cents = group.create_task(price(order))
            reservation = group.create_task(reserve(order))
    except StepFailed as failed:
        raise HTTPException(502, str(failed)) from failed
    except ExceptionGroup as failed:
        if len(failed.exceptions) > 1:
            raise
        raise HTTPException(502, str(failed.exceptions[0])) from failed
    return Placed(price=cents.result(), reservation=reservation.result())


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return metrics
