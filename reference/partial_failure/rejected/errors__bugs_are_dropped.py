"""Wrong: prices are taken, failures named, and a bug falls between the two."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    results = await asyncio.gather(
        *(ask_shop(shop, sku) for shop in SHOPS), return_exceptions=True
    )
    pairs = list(zip(SHOPS, results, strict=True))
    found = [(price, shop) for shop, price in pairs if isinstance(price, int)]
    missing = [
        {"shop": shop, "reason": str(failed)}
        for shop, failed in pairs
        if isinstance(failed, ShopFailed)
    ]
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": missing,
        "complete": not missing,
    }
