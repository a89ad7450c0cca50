"""All tasks begin first; then each is awaited in a `try` of its own."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    tasks = [(shop, asyncio.create_task(ask_shop(shop, sku))) for shop in SHOPS]
    found: list[dict[str, Any]] = []
    missing: list[dict[str, str]] = []
    try:
        for shop, task in tasks:
            try:
                price = await task
            except ShopFailed as exc:
                missing.append({"shop": shop, "reason": str(exc)})
                continue
            if price is not None:
                found.append({"shop": shop, "price": price})
    finally:
        # A bug ends the loop early: nobody else would look at the tasks after it.
        await asyncio.gather(*(task for _, task in tasks), return_exceptions=True)
    if len(missing) == len(tasks):
        raise HTTPException(503)
    found.sort(key=lambda offer: int(offer["price"]))
    return {"offers": found, "missing": missing, "complete": len(missing) == 0}
