"""Wrong: one shop that fails is treated as if all had failed."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    try:
        prices = await asyncio.gather(*(ask_shop(shop, sku) for shop in SHOPS))
    except ShopFailed as exc:
        raise HTTPException(503, str(exc)) from exc
    found = [
        (price, shop)
        for shop, price in zip(SHOPS, prices, strict=True)
        if price is not None
    ]
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": [],
        "complete": True,
    }
