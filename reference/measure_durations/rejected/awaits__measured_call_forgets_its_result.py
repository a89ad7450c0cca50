"""Wrong: what the step returned does not come out of the measuring."""

import asyncio
import time
from collections.abc import Awaitable

from fastapi import FastAPI, HTTPException
from given import StepFailed, price_order, reserve_stock, validate_order
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    sku: str
    quantity: int


class Metrics(BaseModel):
    """What is known of one step; durations in seconds."""

    count: int = 0
    errors: int = 0
    last: float = 0.0
    max: float = 0.0
    in_progress: int = 0


metrics = {"validate": Metrics(), "price": Metrics(), "reserve": Metrics()}


async def measure(step: str, call: Awaitable[object]) -> None:
    own = metrics[step]
    began = time.perf_counter()
    own.in_progress += 1
    try:
        await call
    except BaseException:
        own.errors += 1
        raise
    finally:
        own.in_progress -= 1
        own.count += 1
        own.last = time.perf_counter() - began
        own.max = max(own.max, own.last)


@app.post("/orders", status_code=201)
async def place(order: Order) -> dict[str, None]:
    sku, quantity = order.sku, order.quantity
    try:
        await measure("validate", validate_order(sku, quantity))
        price, reservation = await asyncio.gather(
            measure("price", price_order(sku, quantity)),
            measure("reserve", reserve_stock(sku, quantity)),
        )
    except StepFailed as exc:
        raise HTTPException(502, str(exc)) from exc
    return {"price": price, "reservation": reservation}


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return metrics
