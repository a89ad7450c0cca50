"""Wrong: a stop waits five seconds for steps that run, and then drops them."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from fastapi import FastAPI, HTTPException
from given import StepFailed, price_order, reserve_stock, validate_order
from pydantic import BaseModel

log = logging.getLogger(__name__)

running: set[asyncio.Task[Any]] = set()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    running.clear()
    yield
    if running:
        _, pending = await asyncio.wait(set(running), timeout=5)
        if pending:
            log.warning("%d steps did not end in time", len(pending))


app = FastAPI(lifespan=lifespan)


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


METRICS = {step: Metrics() for step in ("validate", "price", "reserve")}


@contextmanager
def measured(step: str) -> Iterator[None]:
    metrics = METRICS[step]
    metrics.in_progress += 1
    started = time.perf_counter()
    try:
        yield
    except BaseException:
        metrics.errors += 1
        raise
    finally:
        metrics.last = time.perf_counter() - started
        metrics.max = max(metrics.max, metrics.last)
        metrics.count += 1
        metrics.in_progress -= 1


def ended(task: asyncio.Task[Any]) -> None:
    running.discard(task)
    if not task.cancelled():
        task.exception()  # its order may have been answered already


def start(
    step: str, function: Callable[[str, int], Awaitable[Any]], order: Order
) -> asyncio.Task[Any]:
    async def run() -> Any:
        with measured(step):
            return await function(order.sku, order.quantity)

    task = asyncio.create_task(run())
    running.add(task)
    task.add_done_callback(ended)
    return task


async def results(*tasks: asyncio.Task[Any]) -> list[Any]:
    """What the tasks return, or the first error at once; the others run on."""
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    errors = [task.exception() for task in done if not task.cancelled()]
    errors.sort(key=lambda error: not isinstance(error, StepFailed))
    for error in errors:
        if error is not None:
            raise error
    if any(task.cancelled() for task in done):
        raise RuntimeError("A step was cancelled")
    return [task.result() for task in tasks]


@app.post("/orders", status_code=201)
async def place(order: Order) -> Placed:
    try:
        await results(start("validate", validate_order, order))
        price, reservation = await results(
            start("price", price_order, order),
            start("reserve", reserve_stock, order),
        )
    except StepFailed as error:
        raise HTTPException(502, str(error)) from error
    return Placed(price=price, reservation=reservation)


@app.get("/metrics")
async def read_metrics() -> dict[str, Metrics]:
    return METRICS
