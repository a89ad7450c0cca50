"""Orders, the three steps that each runs through, and what the steps do."""

from __future__ import annotations

from typing import Any

from graders.proctor import Exam, Exchange, Raises, Service

# The name of each step in the metrics, and its function.
STEPS = {
    "validate": "validate_order",
    "price": "price_order",
    "reserve": "reserve_stock",
}
GOODS = ("MUG", "PEN", "BAG", "CAP", "LAMP", "VASE")

# What a step may raise although the brief does not name it.
UNFORESEEN = ("ConnectionError", "TimeoutError", "ValueError", "RuntimeError")

Order = dict[str, Any]


def world(exam: Exam) -> None:
    """Steps that take no time and fail for nobody."""
    cents, batch = exam.random.randrange(90, 990), exam.random.randrange(16**4)
    exam.services.validate_order.answers(None)
    exam.services.price_order.answers(lambda sku, quantity: cents * quantity)
    exam.services.reserve_stock.answers(
        lambda sku, quantity: f"{batch:04x}-{sku}-{quantity}"
    )


def service_of(exam: Exam, step: str) -> Service:
    service: Service = getattr(exam.services, STEPS[step])
    return service


def orders(exam: Exam, count: int) -> list[Order]:
    """Orders, no two of the same goods."""
    return [
        {
            "sku": f"{exam.random.choice(GOODS)}-{number}",
            "quantity": exam.random.randint(2, 40),
        }
        for number in exam.random.sample(range(100, 999), count)
    ]


def take(exam: Exam, validate: float, price: float, reserve: float) -> None:
    """How long the steps take from now on, in seconds."""
    for step, seconds in zip(STEPS, (validate, price, reserve), strict=True):
        service_of(exam, step).takes(seconds)


def fail(exam: Exam, step: str, order: Order, error: str = "StepFailed") -> None:
    """Let a step raise this error for an order, and for nobody else."""

    def behaviour(sku: str, quantity: int) -> Any:
        if sku == order["sku"]:
            raise Raises(error, "not today")
        return {"validate": None, "price": 100 * quantity, "reserve": f"R-{sku}"}[step]

    service_of(exam, step).answers(behaviour)


def start(exam: Exam, order: Order) -> Exchange:
    return exam.start("POST", "/orders", json=order)


async def place(exam: Exam, order: Order) -> None:
    """Place an order that must succeed, and let everything come to rest."""
    exam.expect_status(await start(exam, order).reply(), 201)
    await exam.settle()


async def cancel_after(exam: Exam, order: Order, seconds: float) -> None:
    """Place an order, and give the request up while its steps run."""
    exchange = start(exam, order)
    await exam.sleep(seconds)
    exchange.cancel()
    await exam.settle()
