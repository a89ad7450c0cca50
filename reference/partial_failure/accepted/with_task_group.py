"""A task group: failures stay inside their tasks, a bug leaves as a group of errors."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    missing: list[dict[str, str]] = []

    async def ask(shop: str) -> None:
        try:
            price = await ask_shop(shop, sku)
        except ShopFailed as exc:
            missing.append({"shop": shop, "reason": str(exc)})
        else:
            if price is not None:
                found.append({"shop": shop, "price": price})

    async with asyncio.TaskGroup() as group:
        for shop in SHOPS:
            group.create_task(ask(shop))

    if len(missing) == len(SHOPS):
        raise HTTPException(503, "No shop answers")
    found.sort(key=lambda offer: int(offer["price"]))
    return {"offers": found, "missing": missing, "complete": not missing}
