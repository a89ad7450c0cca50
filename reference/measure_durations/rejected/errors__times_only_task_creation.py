"""Wrong: the measuring ends when the task is made, and the call only begins then."""

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


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    sku, quantity = order.sku, order.quantity
    try:
        with measured("validate"):
            validate = asyncio.create_task(validate_order(sku, quantity))
        await validate
        with measured("price"):
            price = asyncio.create_task(price_order(sku, quantity))
        with measured("reserve"):
            reserve = asyncio.create_task(reserve_stock(sku, quantity))
        results = await asyncio.gather(price, reserve, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
    except StepFailed as failed:
        raise HTTPException(502, str(failed)) from failed
    return Placed(price=price.result(), reservation=reserve.result())


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return metrics
