"""Two tasks: the first that fails, or a cancellation, has the others cancelled."""

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
        pricing = asyncio.create_task(price(order))
        reserving = asyncio.create_task(reserve(order))
        both = {pricing, reserving}
        try:
            finished, _ = await asyncio.wait(both, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        # One that was cancelled here has a failed one beside it: look there first.
        failures = [task.exception() for task in finished]
        for failure in filter(None, failures):
            raise failure
        cents, reservation = pricing.result(), reserving.result()
    except StepFailed as exc:
        raise HTTPException(502, str(exc)) from exc
    return Placed(price=cents, reservation=reservation)


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return metrics
