"""Wrong: a shop is asked no more than twenty questions of all pages at a time."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import SHOPS, ShopFailed, ask_shop

app = FastAPI()
turns = {shop: asyncio.Semaphore(20) for shop in SHOPS}


async def ask(shop: str, sku: str) -> int | None:
    async with turns[shop]:
        return await ask_shop(shop, sku)


@app.get("/offers/{sku}")
async def offers(sku: str) -> dict[str, Any]:
    results = await asyncio.gather(
        *(ask(shop, sku) for shop in SHOPS), return_exceptions=True
    )
    found: list[tuple[int, str]] = []
    missing: list[dict[str, str]] = []
    for shop, result in zip(SHOPS, results, strict=True):
        if isinstance(result, ShopFailed):
            missing.append({"shop": shop, "reason": str(result)})
        elif isinstance(result, BaseException):
            raise result
        elif result is not None:
            found.append((result, shop))
    if len(missing) == len(SHOPS):
        raise HTTPException(503, "No shop answers")
    return {
        "offers": [{"shop": shop, "price": price} for price, shop in sorted(found)],
        "missing": missing,
        "complete": not missing,
    }
