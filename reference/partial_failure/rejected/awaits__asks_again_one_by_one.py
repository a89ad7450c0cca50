"""Wrong: when one shop fails, everybody is asked a second time to find out which."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    prices: dict[str, int | None] = {}
    missing: list[dict[str, str]] = []
    try:
        answers = await asyncio.gather(*(ask_shop(shop, sku) for shop in SHOPS))
        prices = dict(zip(SHOPS, answers, strict=True))
    except ShopFailed:
        for shop in SHOPS:
            try:
                prices[shop] = await ask_shop(shop, sku)
            except ShopFailed as exc:
                missing.append({"shop": shop, "reason": str(exc)})
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    found = [(price, shop) for shop, price in prices.items() if price is not None]
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": missing,
        "complete": not missing,
    }
