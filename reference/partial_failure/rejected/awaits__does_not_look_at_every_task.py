"""Wrong: reads the tasks until there is an offer; nobody looks at the other errors."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    tasks = {shop: asyncio.create_task(ask_shop(shop, sku)) for shop in SHOPS}
    await asyncio.wait(tasks.values())
    found: list[tuple[int, str]] = []
    missing: list[dict[str, str]] = []
    for shop, task in tasks.items():
        try:
            price = task.result()
        except ShopFailed as exc:
            missing.append({"shop": shop, "reason": str(exc)})
        else:
            if price is not None:
                found.append((price, shop))
                break
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": missing,
        "complete": not missing,
    }
