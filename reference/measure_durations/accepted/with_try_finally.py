"""Explicit readings of the clock, in every step again."""

import asyncio
import time

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


async def validate(order: Order) -> None:
    own = metrics["validate"]
    own.in_progress += 1
    began = time.perf_counter_ns()
    ended_well = False
    try:
        await validate_order(order.sku, order.quantity)
        ended_well = True
    finally:
        seconds = (time.perf_counter_ns() - began) / 1e9
        own.in_progress -= 1
        own.count += 1
        own.errors += not ended_well
        own.last = seconds
        own.max = max(own.max, seconds)


async def price(order: Order) -> int:
    own = metrics["price"]
    own.in_progress += 1
    began = time.perf_counter_ns()
    ended_well = False
    try:
        cents = await price_order(order.sku, order.quantity)
        ended_well = True
    finally:
        seconds = (time.perf_counter_ns() - began) / 1e9
        own.in_progress -= 1
        own.count += 1
        own.errors += not ended_well
        own.last = seconds
        own.max = max(own.max, seconds)
    return cents


async def reserve(order: Order) -> str:
    own = metrics["reserve"]
    own.in_progress += 1
    began = time.perf_counter_ns()
    ended_well = False
    try:
        number = await reserve_stock(order.sku, order.quantity)
        ended_well = True
    finally:
        seconds = (time.perf_counter_ns() - began) / 1e9
        own.in_progress -= 1
        own.count += 1
        own.errors += not ended_well
        own.last = seconds
        own.max = max(own.max, seconds)
    return number


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    try:
        await validate(order)
        async with asyncio.TaskGroup() as group:
            cents = group.create_task(price(order))
            reservation = group.create_task(reserve(order))
    except* StepFailed as failed:
        raise HTTPException(502, str(failed.exceptions[0])) from failed
    return Placed(price=cents.result(), reservation=reservation.result())


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return metrics
