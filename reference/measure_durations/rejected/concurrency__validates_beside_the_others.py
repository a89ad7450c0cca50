"""Wrong: one task group for all three steps, so pricing waits for no validation."""

import asyncio
from collections.abc import Callable, Coroutine
from time import monotonic
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
    count: int = 0
    errors: int = 0
    last: float = 0.0
    max: float = 0.0
    in_progress: int = 0

    async def measure(
        self, step: Callable[[str, int], Coroutine[Any, Any, Any]], order: Order
    ) -> Any:
        self.in_progress += 1
        began = monotonic()
        ok = False
        try:
            result = await step(order.sku, order.quantity)
            ok = True
            return result
        finally:
            self.last = monotonic() - began
            self.max = max(self.max, self.last)
            self.count += 1
            self.in_progress -= 1
            if not ok:
                self.errors += 1


validate, price, reserve = Metrics(), Metrics(), Metrics()


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    try:
        async with asyncio.TaskGroup() as tg:
            tg.create_task(validate.measure(validate_order, order))
            cents = tg.create_task(price.measure(price_order, order))
            number = tg.create_task(reserve.measure(reserve_stock, order))
    except ExceptionGroup as group:
        failed, others = group.split(StepFailed)
        if others is not None or failed is None:
            raise
        raise HTTPException(502, str(failed.exceptions[0])) from group
    return Placed(price=cents.result(), reservation=number.result())


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return {"validate": validate, "price": price, "reserve": reserve}
