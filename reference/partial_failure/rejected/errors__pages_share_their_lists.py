"""Wrong: the lists belong to the module, so every page adds to the one before it."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()
found: list[tuple[int, str]] = []
missing: list[dict[str, str]] = []


async def ask(shop: str, sku: str) -> None:
    try:
        price = await ask_shop(shop, sku)
    except ShopFailed as exc:
        missing.append({"shop": shop, "reason": str(exc)})
    else:
        if price is not None:
            found.append((price, shop))


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    found.clear()
    missing.clear()
    await asyncio.gather(*(ask(shop, sku) for shop in SHOPS))
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": missing,
        "complete": not missing,
    }
