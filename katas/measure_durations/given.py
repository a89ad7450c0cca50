"""Given: the three steps of an order. Use them, leave this file as it is."""

from __future__ import annotations

import asyncio


class StepFailed(Exception):
    """A step could not be done."""


async def validate_order(sku: str, quantity: int) -> None:
    """Look whether the order can be fulfilled at all.

    Raises:
        StepFailed: it cannot. Here nobody can order nothing.
    """
    await asyncio.sleep(0.1)
    if quantity < 1:
        raise StepFailed("the quantity must be 1 or more")


async def price_order(sku: str, quantity: int) -> int:
    """The price of the order, in cents.

    Raises:
        StepFailed: there is no price. Here no tea has one.
    """
    await asyncio.sleep(0.2)
    if sku.startswith("TEA"):
        raise StepFailed(f"no price for {sku}")
    return 1_250 * quantity


async def reserve_stock(sku: str, quantity: int) -> str:
    """Reserve the goods; the number of the reservation.

    Raises:
        StepFailed: there is not enough. Here there are 100 of everything.
    """
    await asyncio.sleep(0.3)
    if quantity > 100:
        raise StepFailed(f"only 100 of {sku} in stock")
    return f"R-{sku}-{quantity}"
