"""Wrong: the first shop that fails takes the whole page with it."""

import asyncio
from typing import Any

from fastapi import FastAPI
from given import SHOPS, ask_shop

app = FastAPI()


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    prices = await asyncio.gather(*(ask_shop(shop, sku) for shop in SHOPS))
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
