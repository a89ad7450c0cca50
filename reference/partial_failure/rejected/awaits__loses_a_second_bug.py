"""Wrong: a bug ends the loop, and nobody looks at another one that comes later."""

import asyncio
import bisect
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()


async def answer(shop: str, sku: str) -> tuple[str, int | None, ShopFailed | None]:
    try:
        return shop, await ask_shop(shop, sku), None
    except ShopFailed as exc:
        return shop, None, exc


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    ranked: list[tuple[int, str]] = []
    missing: list[dict[str, str]] = []
    for coming in asyncio.as_completed([answer(shop, sku) for shop in SHOPS]):
        shop, price, failed = await coming
        if failed is not None:
            missing.append({"shop": shop, "reason": str(failed)})
        elif price is not None:
            bisect.insort(ranked, (price, shop))
    if len(missing) == len(SHOPS):
        raise HTTPException(503)
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in ranked],
        "missing": missing,
        "complete": not missing,
    }
