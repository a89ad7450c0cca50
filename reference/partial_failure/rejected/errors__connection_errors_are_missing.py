"""Wrong: an OSError or TimeoutError is a bug of our own too, and is called missing."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


async def ask(shop: str, sku: str) -> tuple[str, int | None, str | None]:
    try:
        return shop, await ask_shop(shop, sku), None
    except (ShopFailed, OSError, TimeoutError) as error:
        return shop, None, str(error)


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(shop, sku)) for shop in SHOPS]
    answers = [task.result() for task in tasks]
    missing = [
        {"shop": shop, "reason": reason}
        for shop, _, reason in answers
        if reason is not None
    ]
    if len(missing) == len(SHOPS):
        raise HTTPException(503, "No shop answers")
    found = sorted((price, shop) for shop, price, _ in answers if price is not None)
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in found],
        "missing": missing,
        "complete": not missing,
    }
