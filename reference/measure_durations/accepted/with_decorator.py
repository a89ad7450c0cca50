"""A decorator that is itself a coroutine function."""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

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

P = ParamSpec("P")
T = TypeVar("T")


def measured(
    step: str,
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Coroutine[Any, Any, T]]]:
    own = metrics[step]

    def decorate(
        call: Callable[P, Awaitable[T]],
    ) -> Callable[P, Coroutine[Any, Any, T]]:
        @functools.wraps(call)
        async def timed(*args: P.args, **kwargs: P.kwargs) -> T:
            began = time.monotonic()
            own.in_progress += 1
            failed = True
            try:
                result = await call(*args, **kwargs)
                failed = False
                return result
            finally:
                own.in_progress -= 1
                own.count += 1
                own.errors += failed
                own.last = time.monotonic() - began
                own.max = max(own.max, own.last)

        return timed

    return decorate


validate = measured("validate")(validate_order)
price = measured("price")(price_order)
reserve = measured("reserve")(reserve_stock)


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    try:
        await validate(order.sku, order.quantity)
        async with asyncio.TaskGroup() as group:
            cents = group.create_task(price(order.sku, order.quantity))
            reservation = group.create_task(reserve(order.sku, order.quantity))
    except* StepFailed as failed:
        raise HTTPException(502, str(failed.exceptions[0])) from failed
    return Placed(price=cents.result(), reservation=reservation.result())


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return metrics
